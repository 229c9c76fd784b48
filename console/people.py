"""What an officer who works a case reads about a person: where they are, and what was said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from campaigns.models import Campaign
from campaigns.texts import Wordings
from channels_voice.answers import OFFICER
from channels_voice.models import Bridge, Recording
from channels_voice.outcomes import Outcome
from console import board, calling, words
from core.models import ContactPoint, Message, Trip
from telephony.messages import Channel

_LONGEST_THREAD = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said by either side. `status` is empty for what the person said."""

    words: str = field(repr=False)
    language: str
    from_us: bool
    at: datetime
    status: str
    campaign: Campaign | None
    recording: Recording | None = None
    call: str = ""  # what came of a call of ours, in words
    officer: str = ""  # who made it, where an officer did
    asks_officer: bool = False
    taken: bool = False  # the person called, and that officer took the call


def whereabouts(people: Iterable[int | None], on: date) -> Mapping[int, Trip]:
    """The trip each of these people is on that day, else their next one, else their last; by person."""
    found: dict[int, Trip] = {}
    trips = Trip.objects.filter(person__in=[person for person in people if person]).order_by("start", "pk")
    for trip in trips:
        known = found.get(trip.person_id)
        if known is None or _fits(trip, on) < _fits(known, on):
            found[trip.person_id] = trip
    return found


def thread(contact: ContactPoint) -> Sequence[Line]:
    """Everything said between us and that phone, oldest first, the latest two hundred lines."""
    newest = (
        Message.objects.filter(contact=contact)
        .select_related("attempt__recipient__campaign", "recording", "call")
        .order_by("-created_at", "-pk")[:_LONGEST_THREAD]
    )
    messages = list(newest)[::-1]
    campaigns = {campaign.pk: campaign for message in messages if (campaign := _campaign_of(message))}
    wordings = {pk: Wordings(campaign) for pk, campaign in campaigns.items()}
    said = [_line(message, contact, wordings) for message in messages]
    return sorted([*said, *_officers_calls(contact)], key=lambda line: line.at)[-_LONGEST_THREAD:]


def _officers_calls(contact: ContactPoint) -> Sequence[Line]:
    """What officers called, and which calls of the person they took."""
    calls = Bridge.objects.filter(call__contact=contact).select_related("officer", "call")
    spoken = Q(pressed_at__isnull=False, outcome__in=["", Bridge.Outcome.CONNECTED])
    taken = Bridge.objects.filter(spoken, caller__contact=contact).select_related("officer")
    return [
        Line(
            words="",
            language="",
            from_us=True,
            at=call.created_at,
            status="",
            campaign=None,
            call="" if call.caller_id else _stage(call),
            officer=call.officer.get_username(),
            taken=call.caller_id is not None,
        )
        for found in (calls, taken)
        for call in found.order_by("-created_at")[:_LONGEST_THREAD]
    ]


def _stage(call: Bridge) -> str:
    return str(calling.stage(call) if call.ended_at else words.CALLS[Outcome.RINGING])


def asks_officer(message: Message) -> bool:
    """Whether this is the key that asks for an officer, and no word at all."""
    on_a_call = message.direction == Message.Direction.IN and message.channel == Channel.VOICE
    return on_a_call and message.body == OFFICER


def _fits(trip: Trip, on: date) -> int:
    """How well a trip says where the person is that day: 0 is best."""
    if trip.start <= on <= trip.end:
        return 0
    return 1 if trip.start > on else 2


def _campaign_of(message: Message) -> Campaign | None:
    attempt = getattr(message, "attempt", None)
    return attempt.recipient.campaign if attempt else None


def _line(message: Message, contact: ContactPoint, wordings: Mapping[int, Wordings]) -> Line:
    campaign = _campaign_of(message)
    language, words = contact.language, message.body
    call = _call_of(message)
    if campaign is not None and not words and not call:
        said = wordings[campaign.pk].of(contact.language)
        language, words = said.source, said.body
    from_us = message.direction == Message.Direction.OUT
    status = message.status if from_us else ""
    recording: Recording | None = getattr(message, "recording", None)
    return Line(
        words=words,
        language=language,
        from_us=from_us,
        at=message.created_at,
        status=status,
        campaign=campaign,
        recording=recording,
        call=call,
        asks_officer=asks_officer(message),
    )


def _call_of(message: Message) -> str:
    return board.call_of(message) if hasattr(message, "call") else ""
