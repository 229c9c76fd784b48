"""People for whom a human must act: opening a case, taking it, handing it back, closing it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from campaigns import live
from campaigns.models import Campaign, Case
from campaigns.states import NotAllowed, check
from core import audit
from core.models import ContactPoint, Officer
from core.officers import Permission

__all__ = ["CaseTaken", "NotAllowed", "claim", "close", "open_case", "release", "say_safe", "waiting_for"]


class CaseTaken(Exception):
    """Somebody else was faster, or the case is closed: look at it again."""


def open_case(
    contact: ContactPoint, *, reason: Case.Reason, words: str, campaign: Campaign | None, now: datetime
) -> Case:
    """The phone's open case, made if there is none, with these words added.

    A call for help raises an unclear case and takes back an earlier "safe"; nothing lowers one. Live lists
    are told after the commit.
    """
    case = waiting_for(contact)
    if case is None:
        case = Case(contact=contact, person=contact.person, campaign=campaign, reason=reason, opened_at=now)
    if reason == Case.Reason.NEEDS_HELP:
        case.reason, case.said_safe_at = reason, None
    case.campaign = case.campaign or campaign
    case.words = "\n".join(filter(None, (case.words, words)))
    case.save()
    _tell(case, now)
    return case


def waiting_for(contact: ContactPoint) -> Case | None:
    """The case of the phone, or of another phone of the same person, that is not closed."""
    theirs = Q(contact=contact)
    if contact.person_id is not None:
        theirs |= Q(contact__person=contact.person_id)
    return Case.objects.exclude(state=Case.State.CLOSED).filter(theirs).order_by("opened_at", "pk").first()


def add_details(case: Case, *, words: str, details: dict[str, object], now: datetime) -> None:
    """Add to an open case what was asked about it: "kind", "people", and the words it was said in."""
    case.details = {**case.details, **details}
    case.words = "\n".join(filter(None, (case.words, words)))
    case.save(update_fields=["details", "words"])
    _tell(case, now)


def say_safe(contact: ContactPoint, *, words: str, now: datetime) -> Case | None:
    """Note on the phone's open case that the person now says they are safe; it stays open."""
    case = waiting_for(contact)
    if case is not None:
        case.said_safe_at = now
        case.words = "\n".join(filter(None, (case.words, words)))
        case.save(update_fields=["said_safe_at", "words"])
        _tell(case, now)
    return case


@transaction.atomic
def claim(case: Case, *, by: Officer, now: datetime) -> None:
    """Take the case. Raises CaseTaken when another officer has it, NotAllowed."""
    check(by, Permission.WORK_CASES)
    _move(case, now, to=Case.State.CLAIMED, only=Q(state=Case.State.OPEN), claimed_by=by, claimed_at=now)
    audit.record("case.claimed", by=by, subject=case, now=now)


@transaction.atomic
def release(case: Case, *, by: Officer, now: datetime) -> None:
    """Hand one's case back to the list. Raises CaseTaken when it is not theirs, NotAllowed."""
    check(by, Permission.WORK_CASES)
    mine = Q(state=Case.State.CLAIMED, claimed_by=by)
    _move(case, now, to=Case.State.OPEN, only=mine, claimed_by=None, claimed_at=None)
    audit.record("case.released", by=by, subject=case, now=now)


@transaction.atomic
def close(case: Case, *, by: Officer, outcome: str, now: datetime) -> None:
    """Close one's case with what came of it. Raises CaseTaken when it is not theirs, NotAllowed."""
    check(by, Permission.WORK_CASES)
    mine = Q(state=Case.State.CLAIMED, claimed_by=by)
    _move(case, now, to=Case.State.CLOSED, only=mine, outcome=outcome, closed_at=now)
    audit.record("case.closed", by=by, subject=case, now=now)


def _move(
    case: Case,
    now: datetime,
    *,
    to: Case.State,
    only: Q,
    **columns: str | datetime | Officer | None,
) -> None:
    """Change the case if it still is as `only` says; the database decides who was first."""
    if not Case.objects.filter(only, pk=case.pk).update(state=to, **columns):
        raise CaseTaken
    case.refresh_from_db()
    _tell(case, now)


def _tell(case: Case, now: datetime) -> None:
    live.cases_changed_after_commit(case.campaign_id, now)
    if case.campaign_id:
        live.publish_after_commit(case.campaign_id, now)
