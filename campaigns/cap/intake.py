"""Taking an alert in: kept as it came, understood, and made a draft once officers decided what is open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import BinaryField, F, Func, IntegerField, Value

from campaigns.audience import Audience
from campaigns.cap.alert import Alert, MsgType, Status
from campaigns.cap.proposal import Proposal, audience, propose
from campaigns.cap.reading import BadLine, Unusable, Wrong, read
from campaigns.following import can_be_followed
from campaigns.launch import Draft, create
from campaigns.models import ALERT_DAYS, Campaign, OfficialAlert
from campaigns.rule import Rule
from campaigns.selection import groups
from campaigns.states import Refusal, check
from core import audit
from core.models import Officer
from core.officers import Permission


class Open(StrEnum):
    """Why an alert is no draft yet."""

    AREA = "area"  # an officer says in which countries it is
    SCOPE = "scope"  # not public: an officer says that it may be used
    NOTHING_EARLIER = "nothing_earlier"  # it withdraws an alert that we do not know or never sent


class Undecided(Refusal):
    """An officer has to decide something first; `detail` names what, with commas between."""

    code = "undecided"


class Expired(Refusal):
    """Its words hold no longer; nobody is to be told them."""

    code = "alert_expired"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decided about an alert: where it is, if not where it says, and that it may be used."""

    countries: tuple[str, ...] = ()
    permitted: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """A kept alert with all that is to be said about it now."""

    alert: Alert
    proposal: Proposal
    earlier: OfficialAlert | None  # the newest of those it refers to that we know

    @property
    def is_too_late(self) -> bool:
        """Whether it has expired; what withdraws another one is worth telling all the same."""
        return self.proposal.over and self.alert.msg_type is not MsgType.CANCEL

    def open(self, decision: Decision) -> Iterator[Open]:
        """What an officer still has to decide."""
        sent = self.earlier.campaign if self.earlier else None
        withdraws = self.alert.msg_type is MsgType.CANCEL
        if withdraws and (sent is None or sent.launched_at is None):
            yield Open.NOTHING_EARLIER
        if not self.proposal.public and not decision.permitted:
            yield Open.SCOPE
        if not withdraws and not decision.countries and not _is_placed(self.proposal):
            yield Open.AREA


@transaction.atomic
def keep(raw: bytes, *, by: Officer | None, source: str, now: datetime) -> OfficialAlert:
    """Keep an alert as it came, once: the same again is the row of the first time.

    `source` is the address it came from, '' for an officer's file; `by` is None for a feed. Raises
    NotAllowed, and Unusable, also when other content came under the same name.
    """
    if by is not None:
        check(by, Permission.WRITE_CAMPAIGN)
    alert = read(raw)
    row, made = OfficialAlert.objects.get_or_create(
        sender=alert.name.sender,
        identifier=alert.name.identifier,
        sent=alert.name.sent,
        defaults={
            "raw": raw,
            "signature": alert.signature.value,
            "source": source,
            "officer": by,
            "received_at": now,
            "delete_at": now + timedelta(days=ALERT_DAYS),
        },
    )
    if not made and bytes(row.raw) != raw:
        raise Unusable([BadLine(1, "identifier", Wrong.CHANGED)])
    if made:
        audit.record("alert.received", by=by, subject=row, now=now)
    return row


def understand(row: OfficialAlert, now: datetime) -> Understood:
    """Read a kept alert again and say what it would be at `now`."""
    alert = read(bytes(row.raw))
    proposal = propose(alert, now)
    return Understood(alert, proposal, _earlier(alert, drill=proposal.drill))


@transaction.atomic
def draft(row: OfficialAlert, decision: Decision, *, by: Officer, now: datetime) -> Campaign:
    """Make the alert's one draft; when there is one already, that one.

    Nothing of it is sent after the first of its texts ceases to hold. Raises Undecided, Expired, NotAllowed,
    WrongDraft.
    """
    check(by, Permission.WRITE_CAMPAIGN)
    locked = OfficialAlert.objects.select_for_update().get(pk=row.pk)
    if locked.campaign is not None:
        return locked.campaign
    understood = understand(locked, now)
    if understood.is_too_late:
        raise Expired(str(understood.proposal.until))
    if still := list(understood.open(decision)):
        raise Undecided(",".join(still))
    earlier = understood.earlier.campaign if understood.earlier else None
    proposal = understood.proposal
    made = create(
        Draft(
            title=proposal.title or (earlier.title if earlier else row.identifier)[:120],
            kind=Campaign.Kind.ALERT,
            audience=_whom(understood, decision, earlier),
            texts=proposal.texts,
            drill=proposal.drill or bool(earlier and earlier.drill),
            urgency=proposal.urgency,
            not_after=None if proposal.over else proposal.until,
        ),
        by=by,
        now=now,
    )
    if earlier is not None and can_be_followed(earlier):
        withdraws = understood.alert.msg_type is MsgType.CANCEL
        made.follow_up = Campaign.FollowUp.ALL_CLEAR if withdraws else Campaign.FollowUp.UPDATE
        made.follows = earlier
        made.save(update_fields=["follows", "follow_up"])
    locked.campaign = made
    locked.save(update_fields=["campaign"])
    row.refresh_from_db()
    return made


def draft_if_clear(row: OfficialAlert, *, by: Officer, now: datetime) -> Campaign | None:
    """Make the draft of an alert from a feed when nobody has to decide anything and it concerns somebody.

    It waits for an officer when it is not meant in earnest or not public, has expired, withdraws something or
    is taken back itself, is not on our map, or none of our people is there.
    """
    understood = understand(row, now)
    alert, proposal = understood.alert, understood.proposal
    if alert.status is not Status.ACTUAL or alert.msg_type is MsgType.CANCEL or proposal.over:
        return None
    if not proposal.texts or list(understood.open(Decision())):
        return None
    if superseded_by(row) is not None:
        return None  # a feed lists the newest first: what takes an alert back comes before the alert
    earlier = understood.earlier.campaign if understood.earlier else None
    rule = Rule(_whom(understood, Decision(), earlier), now, two_way=False)
    if not any(group.people for group in groups(rule) if not group.reason):
        return None
    return draft(row, Decision(), by=by, now=now)


def superseded_by(row: OfficialAlert) -> OfficialAlert | None:
    """The newest kept alert that updates or withdraws this one, whichever came first; None when none does.

    An exercise takes back nothing real.
    """
    own = read(bytes(row.raw))
    # Its name stands in the file: of the many alerts of three months hardly one has to be read.
    named = Func(
        Value(row.identifier.encode(), output_field=BinaryField()),
        F("raw"),
        template="POSITION(%(expressions)s)",
        arg_joiner=" IN ",
        output_field=IntegerField(),
    )
    later = OfficialAlert.objects.filter(sent__gte=row.sent).exclude(pk=row.pk).alias(named=named)
    for other in later.filter(named__gt=0).order_by("-sent", "-pk"):
        alert = read(bytes(other.raw))
        changes = alert.msg_type in {MsgType.UPDATE, MsgType.CANCEL} and own.name in alert.references
        if changes and (alert.status is Status.ACTUAL or own.status is not Status.ACTUAL):
            return other
    return None


def is_superseded(campaign: Campaign) -> bool:
    """Whether the alert that the campaign was made of was updated or withdrawn since."""
    row = OfficialAlert.objects.filter(campaign=campaign).first()
    return row is not None and superseded_by(row) is not None


def _is_placed(proposal: Proposal) -> bool:
    return bool(proposal.where.countries) and not proposal.where.unknown


def _whom(understood: Understood, decision: Decision, earlier: Campaign | None) -> Audience:
    countries: Sequence[str] = decision.countries or understood.proposal.where.countries
    if understood.alert.msg_type is MsgType.CANCEL and earlier is not None:
        countries = Audience.from_json(earlier.audience).countries
    return audience(understood.alert, understood.proposal, countries, earlier)


def _earlier(alert: Alert, *, drill: bool) -> OfficialAlert | None:
    """The newest alert that it refers to by its full name; one that became a campaign rather than another.

    An exercise goes on from no real campaign: its all-clear would end that one's question.
    """
    known = [
        row
        for name in alert.references
        for row in OfficialAlert.objects.filter(
            sender=name.sender, identifier=name.identifier, sent=name.sent
        ).select_related("campaign")
        if not (drill and row.campaign and not row.campaign.drill)
    ]
    return max(known, key=lambda row: (row.campaign_id is not None, row.sent), default=None)
