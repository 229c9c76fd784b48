"""People for whom a human must act: opening a case, taking it, handing it back, closing it."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from campaigns import live
from campaigns.models import Campaign, Case, Recipient
from campaigns.states import NotAllowed, check
from channels_voice import bridging
from channels_voice.models import Bridge
from core import audit
from core.models import ContactPoint, Officer
from core.officers import Permission
from core.statements import Table, asked

__all__ = [
    "CaseTaken",
    "NotAllowed",
    "Unread",
    "as_read",
    "call",
    "claim",
    "close",
    "open_case",
    "release",
    "say_safe",
    "waiting_for",
]


NOT_THEIR_WORD: Final = frozenset({Case.Reason.SILENT, Case.Reason.CONTACT})
"""Reasons of cases in which the person has said nothing yet: their first word is about the check-in."""

_ROWS: Final = Table(Case)
# Prepared: every call for help asks for it.
_WAITING: Final = f"""
    SELECT {_ROWS.read("campaigns_case")} FROM campaigns_case
     WHERE contact_id = ANY (ARRAY(SELECT id FROM core_contactpoint WHERE id = %s OR person_id = %s))
       AND state <> %s
     ORDER BY opened_at, id LIMIT 1
"""  # noqa: S608 - column names of our model
# Officers, relatives and other phones of the person change it too: who reads it in order to write holds it.
_TO_CHANGE: Final = f"{_WAITING} FOR NO KEY UPDATE"
_MAKE: Final = f"{_ROWS.inserted()} ON CONFLICT DO NOTHING RETURNING id"


class Unread(Exception):
    """More is in the case than the officer has read."""


class CaseTaken(Exception):
    """Somebody else was faster, or the case is closed: look at it again."""


def open_case(
    contact: ContactPoint, *, reason: Case.Reason, words: str, campaign: Campaign | None, now: datetime
) -> Case:
    """The phone's open case, made if there is none, with these words added.

    A call for help raises an unclear case and takes back an earlier "safe"; nothing lowers one. Whatever is
    no practice makes a drill's case real, and nobody has taken it then: `campaign` is the campaign that
    asked, or None. Live lists are told after the commit.
    """
    while (case := _to_change(contact)) is None:
        case = Case(contact=contact, campaign=campaign, reason=reason, words=words, opened_at=now)
        case.person_id = contact.person_id  # its key alone: who it is need not be looked up
        if made := asked(_MAKE, _ROWS.values(case)).fetchone():
            (case.pk,) = made
            _tell(case, now)
            return case
    if case.campaign is not None and case.campaign.drill and not (campaign is not None and campaign.drill):
        case.state, case.claimed_by, case.claimed_at, case.opened_at = Case.State.OPEN, None, None, now
    if case.reason in NOT_THEIR_WORD and reason != Case.Reason.SILENT:
        case.reason = reason
        case.opened_at = now if case.state == Case.State.OPEN else case.opened_at
    if reason == Case.Reason.NEEDS_HELP:
        case.reason, case.said_safe_at = reason, None
    case.campaign = _whose(case, campaign)
    case.words = "\n".join(filter(None, (case.words, words)))
    case.save()
    _tell(case, now)
    return case


def _whose(case: Case, campaign: Campaign | None) -> Campaign | None:
    """The campaign that the case belongs to from now on: a drill never keeps, nor takes, a real one."""
    had = case.campaign
    if had is not None and had.drill:
        return campaign
    if had is None and campaign is not None and campaign.drill:
        return None
    return had or campaign


def waiting_for(contact: ContactPoint) -> Case | None:
    """The case of the phone, or of another phone of the same person, that is not closed."""
    return _read(_WAITING, contact)


def _to_change(contact: ContactPoint) -> Case | None:
    """The same, held until the end of the transaction."""
    return _read(_TO_CHANGE, contact)


def _read(statement: str, contact: ContactPoint) -> Case | None:
    row = asked(statement, [contact.pk, contact.person_id, Case.State.CLOSED.value]).fetchone()
    return _ROWS.instance(row) if row else None


def add_details(case: Case, *, words: str, details: dict[str, object], now: datetime) -> None:
    """Add to an open case what was asked about it: "kind", "people", and the words it was said in."""
    case.refresh_from_db(from_queryset=Case.objects.select_for_update(no_key=True))
    case.details = {**case.details, **details}
    case.words = "\n".join(filter(None, (case.words, words)))
    case.save(update_fields=["details", "words"])
    _tell(case, now)


def say_safe(contact: ContactPoint, *, words: str, now: datetime) -> Case | None:
    """Note on the phone's open case that the person now says they are safe; it stays open."""
    case = _to_change(contact)
    if case is not None:
        case.said_safe_at = now
        case.words = "\n".join(filter(None, (case.words, words)))
        case.save(update_fields=["said_safe_at", "words"])
        _tell(case, now)
    return case


def heard_from(contact: ContactPoint, *, now: datetime) -> None:
    """Close the case that says we never heard of this person, unless an officer has taken it already."""
    case = _to_change(contact)
    if case is None or case.reason != Case.Reason.SILENT or case.state != Case.State.OPEN:
        return
    case.state, case.closed_at = Case.State.CLOSED, now
    case.save(update_fields=["state", "closed_at"])
    _tell(case, now)


def list_silent(recipients: Sequence[int], campaign: Campaign, now: datetime) -> int:
    """Put these recipients, who answered on no rung of the ladder, on the officers' list; returns how many.

    Whoever has an open case already, on whichever phone, is on it: a drill's is none, and ends.
    """
    rows: dict[str, int | datetime | list[int]] = {
        "recipients": list(recipients),
        "campaign": campaign.pk,
        "now": now,
    }
    with connection.cursor() as cursor:
        if not campaign.drill:
            cursor.execute(_PRACTICE_ENDS, rows)
        cursor.execute(_SILENT, rows)
        listed: int = cursor.rowcount
    if listed:
        live.cases_changed_after_commit(now)
    return listed


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


def as_read(case: Case) -> str:
    """What names all that the person has said in the case until now: whoever shows it gets it back."""
    said = json.dumps([case.pk, case.words, case.details, str(case.said_safe_at)], sort_keys=True)
    return sha256(said.encode()).hexdigest()[:16]


@transaction.atomic
def close(case: Case, *, by: Officer, outcome: str, read: str, now: datetime) -> None:
    """Close one's case with what came of it; `read` is `as_read` of what the officer saw.

    Raises CaseTaken when it is not theirs, Unread when the person has said more since, NotAllowed.
    """
    check(by, Permission.WORK_CASES)
    held = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if held.state == Case.State.CLAIMED and held.claimed_by_id == by.pk and as_read(held) != read:
        raise Unread
    mine = Q(state=Case.State.CLAIMED, claimed_by=by)
    _move(case, now, to=Case.State.CLOSED, only=mine, outcome=outcome, closed_at=now)
    audit.record("case.closed", by=by, subject=case, now=now)


@transaction.atomic
def call(case: Case, *, by: Officer, now: datetime) -> Bridge:
    """Ring the officer who has the case, to be connected with its person; asked twice, the same call.

    Raises CaseTaken when it is not theirs or nobody is left to call, NotAllowed, and what bridging.call does.
    """
    check(by, Permission.WORK_CASES)
    case = Case.objects.select_for_update(of=("self",)).select_related("contact").get(pk=case.pk)
    if case.contact is None or case.state != Case.State.CLAIMED or case.claimed_by_id != by.pk:
        raise CaseTaken
    bridge = bridging.call(by, case.contact, now)
    if bridge.created_at == now:
        audit.record("case.called", by=by, subject=case, now=now)
    return bridge


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
    live.cases_changed_after_commit(now)
    if case.campaign_id:
        live.publish_after_commit(case.campaign_id, now)


_CASE: Final = Case._meta.db_table
_PRACTICE_ENDS: Final = f"""
WITH silent AS MATERIALIZED (
    SELECT c.id, c.person_id
    FROM {Recipient._meta.db_table} r JOIN {ContactPoint._meta.db_table} c ON c.id = r.contact_id
    WHERE r.id = ANY(%(recipients)s) AND r.answer = ''
),
theirs AS (
    SELECT k.id FROM silent s JOIN {_CASE} k ON k.contact_id = s.id
    UNION SELECT k.id FROM silent s JOIN {_CASE} k ON k.person_id = s.person_id
)
UPDATE {_CASE} k SET state = '{Case.State.CLOSED}', closed_at = %(now)s
FROM theirs, {Campaign._meta.db_table} drill
WHERE k.id = theirs.id AND k.state <> '{Case.State.CLOSED}' AND drill.id = k.campaign_id AND drill.drill
"""  # noqa: S608 - the names of tables and states are ours
_SILENT: Final = f"""
INSERT INTO {_CASE} (campaign_id, person_id, contact_id, reason, state, words, details, opened_at, outcome)
SELECT %(campaign)s, c.person_id, c.id, '{Case.Reason.SILENT}', '{Case.State.OPEN}', '', '', %(now)s, ''
FROM {Recipient._meta.db_table} r JOIN {ContactPoint._meta.db_table} c ON c.id = r.contact_id
WHERE r.id = ANY(%(recipients)s) AND r.answer = '' AND NOT EXISTS (
    SELECT FROM {_CASE} k
    WHERE k.state <> '{Case.State.CLOSED}' AND (k.contact_id = c.id OR k.person_id = c.person_id)
)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - the names of tables and states are ours
