"""Which check-in a person answers who was asked by more than one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import pgettext

from campaigns import cries, involvement
from campaigns.audience import Audience
from campaigns.models import Attempt, Campaign, Recipient
from core import wording
from core.statements import Table, asked
from core.turn import Choice, Turn

Answer = Recipient.Answer

OPEN_FOR: Final = timedelta(hours=72)
"""How long after its end a check-in still takes answers."""

CHECK_IN: Final = "check-in"
"""The dialogue of a check-in put to somebody on the line; by text it stands in the campaign alone."""

WHICH: Final = "which-check-in"
"""The dialogue that asks which of several check-ins was answered."""

LISTED: Final = "recipients"
"""In what is stored with that question: the recipients in the order of their keys."""

_FIRST_KEY: Final = 5
"""1, 2 and 3 go on meaning safe, help and not there, and 4 "read", whatever is asked besides."""

_MOST: Final = 5
_RECIPIENT: Final = Table(Recipient)
_CAMPAIGN: Final = Table(Campaign)

# Looked up for every answer: prepared, and what `open_questions` says in the words of the ORM.
_OPEN: Final = f"""
    SELECT {_RECIPIENT.read("recipient")}, {_CAMPAIGN.read("campaign")}
      FROM campaigns_recipient AS recipient
      JOIN campaigns_campaign AS campaign ON campaign.id = recipient.campaign_id
     WHERE recipient.contact_id = ANY (ARRAY(
               SELECT id FROM core_contactpoint WHERE id = %s OR person_id = %s
           ))
       AND recipient.asked_at IS NOT NULL AND campaign.kind = %s
       AND (campaign.ended_at IS NULL OR campaign.ended_at > %s)
     ORDER BY recipient.asked_at DESC, recipient.id DESC
"""  # noqa: S608 - column names of our models
_UNSAID: Final = frozenset({"", Answer.UNCLEAR.value})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a text can be an answer to: the first is the question itself.

    `doubtful`: the questions are about different places, and nothing tells which of them is meant.
    """

    rows: Sequence[Recipient]
    doubtful: bool = False

    @property
    def latest(self) -> Recipient | None:
        """The question, where no doubt is allowed: the one asked last."""
        return self.rows[0] if self.rows else None


def open_questions(now: datetime) -> QuerySet[Recipient]:
    """Everybody asked by a check-in that takes answers."""
    return Recipient.objects.filter(
        Q(campaign__ended_at=None) | Q(campaign__ended_at__gt=now - OPEN_FOR),
        campaign__kind=Campaign.Kind.CHECK_IN,
        asked_at__isnull=False,
    )


def put_to(turn: Turn, *, cries: bool = False) -> Sequence[Recipient]:
    """The check-ins this person was asked and may answer, the latest first.

    Practice only where it was asked last and nothing real waits for an answer; to somebody who cries for help
    in words, only where nothing real is open.
    """
    rows = turn.once(_open_to)
    real = [row for row in rows if not row.campaign.drill]
    waits = cries or any(row.answer in _UNSAID and row.campaign.closed_at is None for row in real)
    if real and (waits or rows[0] in real):
        return real
    return [row for row in rows if row.campaign.drill]


def meant(turn: Turn) -> Asked:
    """The check-in that a turn answers: the one on the line, else the one whose number was written to, else
    the only one without an answer, else the one whose place is named."""
    if on_line := _on_line(turn):
        return Asked(on_line)
    rows = put_to(turn, cries=cries.heard(turn))
    if len(rows) < 2:
        return Asked(rows)
    rows = _by_sender(rows, turn.message.sender)
    rows = _unsaid(rows) or rows[:1]
    named = [row for row in rows if turn.reading.country in row.campaign.audience["countries"]]
    rows = named if turn.reading.country and named else rows
    return Asked(rows, doubtful=len({place(row.campaign) for row in rows}) > 1)


def said_safe(turn: Turn) -> Sequence[Recipient]:
    """The real check-ins to which the person said that they are safe."""
    return [row for row in turn.once(_open_to) if row.answer == Answer.SAFE and not row.campaign.drill]


def listed(turn: Turn) -> Sequence[Recipient]:
    """The check-ins of which the person was asked which they mean, in the order of their keys then.

    Whatever was asked or answered since: a key goes on meaning what was read beside it.
    """
    keys = turn.conversation.data.get(LISTED)
    order = [int(str(key)) for key in keys] if isinstance(keys, list) else []
    rows = Recipient.objects.select_related("campaign").in_bulk(order)
    return [rows[key] for key in order if key in rows]


def next_for(turn: Turn) -> Recipient | None:
    """The check-in to put to this person now: that of the call they are on, else the most urgent unanswered
    one; where all are answered, the latest."""
    rows = put_to(turn)
    unsaid = _unsaid(rows)
    if len(unsaid) < 2:
        return next(iter(unsaid or rows), None)
    call = _of_the_call(turn, unsaid)
    return call or max(unsaid, key=lambda row: row.campaign.urgency)


def are_several(turn: Turn) -> bool:
    """Whether the person owes an answer to check-ins about different places."""
    rows = put_to(turn)
    return len({place(row.campaign) for row in _unsaid(rows)}) > 1


def were_several(turn: Turn) -> bool:
    """Whether this person was asked about different places, also where one of them is answered."""
    return len({place(row.campaign) for row in put_to(turn)}) > 1


def place(campaign: Campaign) -> str:
    """Where the check-in is about, in the active language."""
    rule = Audience.from_json(campaign.audience)
    if rule.near:
        return wording.place(rule.near.country, rule.near.city)
    return ", ".join(wording.place(country, None) for country in rule.countries[:3])


def placed(text: str, campaign: Campaign) -> str:
    """A question behind the place that it is about."""
    # Translators: a place and then a question about it, as in "Libya. Are you safe?".
    return pgettext("sms", "%(place)s. %(question)s") % {"place": place(campaign), "question": text}


def choices(rows: Sequence[Recipient]) -> tuple[Choice, ...]:
    """One numbered answer for each place, in keys that mean nothing in a check-in."""
    places = list(dict.fromkeys(place(row.campaign) for row in rows))[:_MOST]
    # Translators: the last answer in a numbered list of places, to "Which one do you mean?".
    names = [*places, pgettext("sms", "All these places")]
    return tuple(Choice(str(key), name) for key, name in enumerate(names, start=_FIRST_KEY))


def _open_to(turn: Turn) -> Sequence[Recipient]:
    """Every open check-in that was put to the person on any phone of theirs, the latest first."""
    if not involvement.of(turn).was_asked:
        return ()
    contact = turn.contact
    values = [contact.pk, contact.person_id, Campaign.Kind.CHECK_IN.value, turn.now - OPEN_FOR]
    rows = []
    for row in asked(_OPEN, values):
        recipient = _RECIPIENT.instance(row[: _RECIPIENT.width])
        recipient.campaign = _CAMPAIGN.instance(row[_RECIPIENT.width :])
        rows.append(recipient)
    return rows


def _on_line(turn: Turn) -> Sequence[Recipient]:
    """The check-in that was just put to somebody on the line, also where they go on by text.

    A drill's key is practice, whatever else was asked in the meantime; a cry in words is none. Whoever was
    texted another question since the line dropped answers that.
    """
    conversation = turn.conversation
    if conversation.dialogue != CHECK_IN:
        return []
    rows = turn.once(_open_to)
    row = next((row for row in rows if row.pk == conversation.data.get("recipient")), None)
    if row is None or (row.campaign.drill and cries.heard(turn)):
        return []
    asked_at = conversation.asked_at
    later = [one for one in rows if one != row and asked_at and one.asked_at and one.asked_at > asked_at]
    return [] if later and not turn.guided else [row]


def _unsaid(rows: Sequence[Recipient]) -> Sequence[Recipient]:
    """Those not answered yet; what an all-clear ended only where nothing else is open."""
    unsaid = [row for row in rows if row.answer in _UNSAID]
    return [row for row in unsaid if row.campaign.closed_at is None] or unsaid


def _by_sender(rows: Sequence[Recipient], sender: str) -> Sequence[Recipient]:
    """Those of the questions that came from that number of ours; all of them where none did."""
    attempts = Attempt.objects.filter(recipient__in=rows, message__sender=sender)
    from_there = set(attempts.values_list("recipient", flat=True))
    return [row for row in rows if row.pk in from_there] or rows


def _of_the_call(turn: Turn, rows: Sequence[Recipient]) -> Recipient | None:
    """The question for which we placed the call that this is said on."""
    if not turn.guided:
        return None
    attempts = Attempt.objects.filter(recipient__in=rows, message__token=UUID(turn.line))
    called = set(attempts.values_list("recipient", flat=True))
    return next((row for row in rows if row.pk in called), None)
