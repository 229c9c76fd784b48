"""One text in, one reply out: in one transaction, and the same answer however often it is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.module_loading import import_string
from django.utils.translation import pgettext

from core import people, places
from core.dialogues.answers import plain
from core.intents.reading import Intent, Reading
from core.intents.understand import understand
from core.languages import languages, languages_of_country, speaking
from core.models import ContactPoint, Conversation, Message, ProviderCopy, Trip
from core.parking import resumed
from core.privacy.index import blind_index
from core.turn import OPEN_FOR, Choice, Dialogue, Incoming, Reply, Turn

REPLIES_AN_HOUR: Final = 60
"""Automatic replies one phone gets within an hour: two answering machines must not talk for ever."""

ANSWERS_AN_HOUR: Final = 2 * REPLIES_AN_HOUR
"""All that one phone gets within an hour, calls for help included: a machine may write "help" as well."""

NEVER_CAPPED: Final = frozenset({Intent.NEED_HELP, Intent.SAFE, Intent.NOT_THERE})
"""A person in danger is answered beyond REPLIES_AN_HOUR. `Reply.always` adds single answers."""

_HOUR: Final = timedelta(hours=1)
# Marks alone, and words of the carriers and of distress that are typed whatever the person speaks.
_OF_NO_LANGUAGE: Final = frozenset(
    {"", "stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"}
    | {"start", "unstop", "yes", "help", "info", "ok", "sos"}
)
# `last_seen_at` is a promise of 48 hours; it need not be written for each text of a busy minute.
_SEEN_STEP: Final = timedelta(minutes=5)

_LOCK: Final = "SELECT id FROM core_contactpoint WHERE number_index = %s FOR NO KEY UPDATE"
_REPEATED: Final = "EXISTS (SELECT FROM core_message WHERE provider_sid = %s)"
_FORGOTTEN: Final = "EXISTS (SELECT FROM core_providercopy WHERE provider_sid = %s)"
_OPTED_OUT: Final = (
    "EXISTS (SELECT FROM core_optout WHERE core_optout.number_index = core_contactpoint.number_index)"
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is already known when a text comes in: taken in before, deleted since, the phone opted out."""

    repeated: bool
    forgotten: bool
    opted_out: bool


def receive(incoming: Incoming) -> Reply:
    """Take in one thing a person said, and answer it.

    Everything happens in one transaction, phone by phone: either the text, its reply and all they changed are
    kept, or nothing is. A sid that was taken in before changes nothing and gets its stored reply again, also
    when both arrive at the same instant.
    """
    with transaction.atomic():
        return _received(incoming)


def _received(incoming: Incoming) -> Reply:
    phone = _locked(incoming)
    if phone is None:
        return _reply_to_the_forgotten(incoming.sid)
    contact, standing = _standing(phone, incoming.sid)
    if standing.repeated:
        return _stored_reply(contact, incoming.sid)
    if standing.forgotten:
        return _reply_to_the_forgotten(incoming.sid)
    spoken = (contact.language, contact.language_chosen)
    turn = _turn(contact, incoming, opted_out=standing.opted_out)
    with speaking(contact.language):
        reply = _answered(turn)
    if reply.erases:
        return _erased(turn, reply)
    _see(contact, turn.now, spoken)
    return _kept(turn, reply)


def _locked(incoming: Incoming) -> int | None:
    """The id of the phone's row, now locked; None for a repeat from somebody deleted.

    The lock leaves campaigns free to point at the row.
    """
    index = blind_index(incoming.number)
    if phone := _lock(index):
        return phone
    if ProviderCopy.objects.filter(provider_sid=incoming.sid).exists():
        return None
    people.introduce(incoming.number, incoming.now)
    return _lock(index)


def _lock(number_index: bytes) -> int | None:
    # As SQL, like the parts of _standing: every text passes here, and putting the same query together anew
    # costs more than asking it.
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [number_index])
        row = cursor.fetchone()
    return row[0] if row else None


def _standing(phone: int, sid: str) -> tuple[ContactPoint, _Standing]:
    """Everything known of the phone, read once it is ours.

    In a statement of its own: what a locking one reads beside the row it waits for is as old as the wait.
    """
    contact = (
        ContactPoint.objects.select_related("conversation")
        .annotate(
            repeated=RawSQL(_REPEATED, [sid], BooleanField()),  # noqa: S611 - a constant
            forgotten=RawSQL(_FORGOTTEN, [sid], BooleanField()),  # noqa: S611 - a constant
            opted_out=RawSQL(_OPTED_OUT, [], BooleanField()),  # noqa: S611 - a constant
        )
        .get(pk=phone)
    )
    return contact, _Standing(contact.repeated, contact.forgotten, contact.opted_out)


def _stored_reply(contact: ContactPoint, sid: str) -> Reply:
    said = Message.objects.filter(contact=contact, answers__provider_sid=sid).first()
    if said is None:
        return Reply("")
    choices = tuple(Choice(key, str(label)) for key, label in said.choices.items())
    return Reply(said.body, choices, token=said.token)


def _reply_to_the_forgotten(sid: str) -> Reply:
    """A text redelivered after its sender was deleted: the confirmation again, and no new trace."""
    copy = ProviderCopy.objects.filter(provider_sid=sid).first()
    return Reply(copy.reply if copy else "")


def _turn(contact: ContactPoint, incoming: Incoming, *, opted_out: bool) -> Turn:
    trips = _trips_of(contact)
    zone = ZoneInfo(_zone(contact, trips, incoming.now.date()))
    hints = (contact.language, *languages_of_country(contact.region))
    reading = understand(incoming.text, hints, incoming.now.astimezone(zone).date())
    if tag := _language_of(contact, reading, incoming.text):
        contact.language = tag
    message = Message.objects.create(
        contact=contact,
        direction=Message.Direction.IN,
        channel=incoming.channel,
        sender=incoming.sender,
        body=incoming.text,
        created_at=incoming.now,
        provider_sid=incoming.sid,
    )
    return Turn(
        contact=contact,
        conversation=_conversation(contact, incoming.now),
        message=message,
        reading=reading,
        now=incoming.now,
        trips=trips,
        opted_out=opted_out,
        zone=zone,
    )


def _trips_of(contact: ContactPoint) -> Sequence[Trip]:
    if contact.person_id is None:
        return ()
    trips: QuerySet[Trip] = Trip.objects.filter(person_id=contact.person_id).order_by("start", "pk")
    return tuple(trips)


def _zone(contact: ContactPoint, trips: Sequence[Trip], today: date) -> str:
    """Whose midnight makes "today": that of the destination while a trip runs, else of the number's country,
    else of home. A day either side of the journey the person may be in any of them; the dates are echoed."""
    for trip in trips:
        if trip.start <= today <= trip.end:
            return places.time_zone(trip.country, trip.city or None)
    return places.time_zone(contact.region or settings.HOME_COUNTRY, None)


def _language_of(contact: ContactPoint, reading: Reading, text: str) -> str | None:
    """The language to go over to; None to stay.

    A chosen language stays, and a word that is typed in every language says nothing about one.
    """
    if contact.language_chosen or reading.language is None or reading.language == contact.language:
        return None
    if plain(text) in _OF_NO_LANGUAGE:
        return None
    return reading.language if reading.language in {language.tag for language in languages()} else None


def _conversation(contact: ContactPoint, now: datetime) -> Conversation:
    """The phone's conversation, without what has expired."""
    known = getattr(contact, "conversation", None)
    conversation = known if isinstance(known, Conversation) else Conversation(contact=contact)
    if conversation.expires_at is not None and conversation.expires_at <= now:
        conversation.dialogue, conversation.step, conversation.data = "", "", {}
        conversation.asked_at = conversation.expires_at = None
    if contact.last_seen_at + OPEN_FOR <= now:
        conversation.misses = 0
    return conversation


def _answered(turn: Turn) -> Reply:
    """The first claimant's reply, held back where the phone had its share of this hour."""
    conversation = turn.conversation
    misses = conversation.misses
    dialogue = next(dialogue for dialogue in _dialogues() if dialogue.claims(turn))
    reply = dialogue.handle(turn)
    if conversation.misses == misses:
        conversation.misses = 0  # an answer that was understood ends the row
    if reply.ends:
        turn.close()
    reply = resumed(turn, reply, _dialogues())
    if not reply.text:
        return reply
    always = reply.always or turn.reading.intent in NEVER_CAPPED
    return _capped(conversation, reply, turn.now, always=always)


def _capped(conversation: Conversation, reply: Reply, now: datetime, *, always: bool) -> Reply:
    since = conversation.replies_counted_from
    if since is None or since + _HOUR <= now:
        conversation.replies_counted_from, conversation.replies_in_hour = now, 0
    if conversation.replies_in_hour >= (ANSWERS_AN_HOUR if always else REPLIES_AN_HOUR):
        return replace(reply, text="", choices=())
    conversation.replies_in_hour += 1
    if always or conversation.replies_in_hour < REPLIES_AN_HOUR:
        return reply
    # Translators: 1 SMS segment, 160 GSM-7 characters. SOS stays as it is.
    text = pgettext(
        "sms",
        "You have written very often, so our automatic answers pause for an hour. "
        "In danger, write SOS: that is always answered.",
    )
    return Reply(text, ends=reply.ends)


@cache
def _dialogues() -> Sequence[Dialogue]:
    return tuple(import_string(path)() for path in settings.DIALOGUES)


def _kept(turn: Turn, reply: Reply) -> Reply:
    """Store what was said by either side, and where that leaves the conversation."""
    turn.conversation.save()
    if turn.message.unclear:
        turn.message.save(update_fields=["unclear"])
    if not reply.text:
        return reply
    said = Message.objects.create(
        contact=turn.contact,
        direction=Message.Direction.OUT,
        channel=turn.message.channel,
        sender=turn.message.sender,
        body=reply.text,
        choices={choice.key: choice.label for choice in reply.choices},
        created_at=turn.now,
        token=uuid4(),
        answers=turn.message,
    )
    return replace(reply, token=said.token)


def _see(contact: ContactPoint, now: datetime, spoken: tuple[str, bool]) -> None:
    """Write the phone's row where this text changed it: its language, or that it is still in use."""
    speaks = (contact.language, contact.language_chosen)
    if contact.last_seen_at + _SEEN_STEP > now and speaks == spoken:
        return
    contact.last_seen_at = now
    contact.save(update_fields=["last_seen_at", "language", "language_chosen"])


def _erased(turn: Turn, reply: Reply) -> Reply:
    """Delete all that is behind this phone; ids stay until the provider's copies are gone too."""
    people.forget_phone(turn.contact, turn.now)
    # The provider has no copy of this reply yet: its callback will tell the sid.
    said = replace(reply, token=uuid4())
    ProviderCopy.objects.create(token=said.token, since=turn.now)
    ProviderCopy.objects.filter(provider_sid=turn.message.provider_sid).update(reply=reply.text)
    return said
