"""One text in, one reply out: in one transaction, and the same answer however often it is delivered."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import pgettext

from core import exchange, people, places
from core.dialogues.answers import agrees, plain, refuses
from core.dialogues.contact import asks_for_a_name
from core.dialogues.registration import leads_on
from core.exchange import Standing
from core.intents.reading import Intent, Reading
from core.intents.understand import understand
from core.languages import languages, languages_of_country, speaking
from core.models import ContactPoint, Conversation, Message, ProviderCopy, Trip
from core.parking import Parks, resumed
from core.privacy.index import blind_index
from core.signals import text_unread
from core.turn import OPEN_FOR, Choice, Dialogue, Incoming, Reply, Said, Turn

REPLIES_AN_HOUR: Final = 60
"""Automatic replies one phone gets within an hour: two answering machines must not talk for ever."""

ANSWERS_AN_HOUR: Final = 2 * REPLIES_AN_HOUR
"""All that one phone gets within an hour, calls for help included: a machine may write "help" as well."""

NEVER_CAPPED: Final = frozenset({Intent.NEED_HELP, Intent.SAFE, Intent.NOT_THERE})
"""A person in danger is answered beyond REPLIES_AN_HOUR. `Reply.always` adds single answers."""

_HOUR: Final = timedelta(hours=1)
_SHORTEST_READ: Final = timedelta(seconds=10)
"""Nobody has our text, reads it and answers in less: the same digit again is for what came before."""

_TWICE_SENT: Final = timedelta(minutes=2)
"""For how long "END TRIP" once more, sent again by an impatient hand or network, ends no other trip."""

# What a machine believes to have heard may ask for help or tell a journey that is read back. It declares
# nobody safe, and it ends, stops and deletes nothing.
_HEARD: Final = frozenset({Intent.NEED_HELP, Intent.REGISTER, Intent.UPDATE, Intent.LANGUAGE, Intent.UNKNOWN})
# Marks alone, and words of the carriers and of distress that are typed whatever the person speaks.
_OF_NO_LANGUAGE: Final = frozenset(
    {"", "stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"}
    | {"start", "unstop", "yes", "help", "info", "ok", "sos"}
)
# `last_seen_at` is a promise of 48 hours; it need not be written for each text of a busy minute.
_SEEN_STEP: Final = timedelta(minutes=5)


def receive(incoming: Incoming) -> Reply:
    """Take in one thing a person said, and answer it.

    Everything happens in one transaction, phone by phone: either the text, its reply and all they changed are
    kept, or nothing is. A sid that was taken in before changes nothing and gets its stored reply again, also
    when both arrive at the same instant.
    """
    with transaction.atomic():
        return take_in(incoming)


def take_in(incoming: Incoming) -> Reply:
    """The same within a transaction of the caller's, who keeps all or nothing of it."""
    standing = _standing(incoming)
    if standing is None or (standing.forgotten and not standing.repeated):
        return _reply_to_the_forgotten(incoming.sid)
    if standing.repeated:
        return _stored_reply(standing.contact, incoming.sid)
    contact = standing.contact
    spoken = (contact.language, contact.language_chosen)
    turn = _turn(standing, _still_asked(incoming, contact.conversation))
    if turn.is_off_the_line:
        turn.close()
    with speaking(incoming.language or contact.language):
        reply = _answered(turn)
    if reply.erases:
        return _erased(turn, reply)
    _see(contact, turn.now, spoken)
    language = reply.language or contact.language
    reply = replace(reply, question=question_of(turn.conversation), language=language)
    return _kept(turn, reply)


def question_of(conversation: Conversation) -> str:
    """The name of the question that is open: the same question about anything else has another name."""
    told = sha256(json.dumps(conversation.data, sort_keys=True, default=str).encode())
    return f"{conversation.dialogue}/{conversation.step}/{told.hexdigest()[:16]}"


def _still_asked(incoming: Incoming, conversation: Conversation) -> Incoming:
    """An answer to another question than the open one says nothing: who gave it is led on from there."""
    answers = incoming.said in {Said.WORDS, Said.HEARD} and incoming.question
    if not answers or incoming.question == question_of(conversation):
        return incoming
    return replace(incoming, text="", said=Said.NOTHING, late=incoming.text)


def _standing(incoming: Incoming) -> Standing | None:
    """What is known of the phone, now locked; None for a repeat from somebody deleted."""
    return exchange.standing(
        blind_index(incoming.number),
        incoming.sid,
        stranger=lambda: people.stranger(incoming.number, incoming.now),
    )


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


def _turn(standing: Standing, incoming: Incoming) -> Turn:
    contact, trips = standing.contact, standing.trips
    zone = ZoneInfo(_zone(contact, trips, incoming.now.date()))
    hints = (contact.language, *languages_of_country(contact.region))
    reading = understand(incoming.text, hints, incoming.now.astimezone(zone).date())
    if incoming.said is Said.HEARD and reading.intent not in _HEARD:
        reading = replace(reading, intent=Intent.UNKNOWN)
    if not incoming.guided and (tag := _language_of(contact, reading, incoming.text)):
        contact.language = tag
    message = Message(
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
        opted_out=standing.opted_out,
        zone=zone,
        said=incoming.said,
        guided=incoming.guided,
        line=incoming.line or incoming.sid,
        begins=incoming.begins,
        late=incoming.late,
        late_to=incoming.question if incoming.late else "",
    )


def _zone(contact: ContactPoint, trips: Sequence[Trip], today: date) -> str:
    """Whose midnight makes "today": that of the destination while a trip runs, else of the number's country,
    else of home. A day either side of the journey the person may be in any of them; the dates are echoed."""
    for trip in trips:
        if trip.start <= today <= trip.end:
            return places.time_zone(trip.country, trip.city or None)
    return places.time_zone(contact.region or settings.HOME_COUNTRY, None)


def _language_of(contact: ContactPoint, reading: Reading, text: str) -> str | None:
    """The language to go over to; None to stay.

    A chosen language stays, and a word that is typed in every language says nothing about one; nor does a
    name, and names are words somewhere.
    """
    if contact.language_chosen or reading.language is None or reading.language == contact.language:
        return None
    if plain(text) in _OF_NO_LANGUAGE or asks_for_a_name(contact.conversation):
        return None
    with speaking(contact.language):  # the Filipino for no is another language's name
        if refuses(text) or agrees(text):
            return None
    return reading.language if reading.language in {language.tag for language in languages()} else None


def _conversation(contact: ContactPoint, now: datetime) -> Conversation:
    """The phone's conversation, without what has expired."""
    conversation = contact.conversation
    if conversation.expires_at is not None and conversation.expires_at <= now:
        conversation.dialogue, conversation.step, conversation.data = "", "", {}
        conversation.asked_at = conversation.expires_at = None
    if contact.last_seen_at + OPEN_FOR <= now:
        conversation.misses = 0
    return conversation


def _answered(turn: Turn) -> Reply:
    """The first claimant's reply, held back where the phone had its share of this hour."""
    conversation = turn.conversation
    if again := _said_before(turn):
        return _capped(conversation, again, turn.now, always=False) if again.text else again
    misses, spoken = conversation.misses, turn.contact.language
    reply = _first_claimant(turn).handle(turn)
    if reply.means:
        turn = replace(turn, reading=Reading(reply.means), said=Said.WORDS)
        reply = _first_claimant(turn).handle(turn)
    if conversation.misses == misses:
        conversation.misses = 0  # an answer that was understood ends the row
    if reply.ends:
        turn.close()
    reply = resumed(turn, reply, _parking(), changed=turn.contact.language != spoken)
    if not reply.text or turn.guided:
        return reply
    always = reply.always or turn.reading.intent in NEVER_CAPPED
    return _capped(conversation, reply, turn.now, always=always)


def _said_before(turn: Turn) -> Reply | None:
    """The reply to the text before, where this one is that text again and can be no answer to that reply.

    A "1" sent twice picks a city, and must not agree to what was not read yet. Whoever did mean the reply's
    own question reads it once more.
    """
    window = _TWICE_SENT if turn.reading.intent is Intent.END else _SHORTEST_READ
    answered = turn.conversation.replies_counted_from
    if not _moves_on(turn) or answered is None or answered + _HOUR + window <= turn.now:
        return None
    before = Message.objects.filter(contact=turn.contact, direction=Message.Direction.IN)
    last = before.filter(created_at__gt=turn.now - window).order_by("-created_at", "-pk").first()
    if last is None or plain(last.body) != plain(turn.text):
        return None
    return _stored_reply(turn.contact, last.provider_sid or "")


def _moves_on(turn: Turn) -> bool:
    """Whether the same text would mean something else, and something is done at it, to what is asked now."""
    if turn.guided or turn.said is not Said.WORDS or leads_on(turn.conversation):
        return False
    if turn.reading.intent is Intent.END:
        return bool(turn.trips)
    return re.fullmatch(r"\d{1,2}", plain(turn.text)) is not None


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


def _first_claimant(turn: Turn) -> Dialogue:
    return next(dialogue for dialogue in _dialogues() if dialogue.claims(turn))


@cache
def _dialogues() -> Sequence[Dialogue]:
    return tuple(import_string(path)() for path in settings.DIALOGUES)


@cache
def _parking() -> Sequence[Parks]:
    return tuple(dialogue for dialogue in _dialogues() if isinstance(dialogue, Parks))


def _kept(turn: Turn, reply: Reply) -> Reply:
    """Store what was said by either side, and where that leaves the conversation.

    A question put to somebody who had said nothing is not said by anybody: only that it is open is kept.
    """
    if turn.message.unclear:
        transaction.on_commit(lambda: text_unread.send(sender=Message, now=turn.now))
    if turn.is_silent:
        exchange.leave(turn.conversation)
        return reply
    if not reply.text:
        exchange.keep(turn.message, turn.conversation, None)
        return reply
    said = Message(
        contact=turn.contact,
        direction=Message.Direction.OUT,
        channel=turn.message.channel,
        sender=turn.message.sender,
        body=reply.spoken if turn.guided else reply.text,
        choices={choice.key: choice.label for choice in reply.choices},
        created_at=turn.now,
        token=uuid4(),
    )
    exchange.keep(turn.message, turn.conversation, said)
    return replace(reply, token=said.token)


def _see(contact: ContactPoint, now: datetime, spoken: tuple[str, bool]) -> None:
    """Write the phone's row where this text changed it: its language, or that it is still in use."""
    speaks = (contact.language, contact.language_chosen)
    if contact.last_seen_at + _SEEN_STEP > now and speaks == spoken:
        return
    contact.last_seen_at = now
    exchange.see(contact)


def _erased(turn: Turn, reply: Reply) -> Reply:
    """Delete all that is behind this phone; ids stay until the provider's copies are gone too."""
    turn.message.save()  # the provider's copy of these words has to go as well
    people.forget_phone(turn.contact, turn.now)
    # The provider has no copy of this reply yet: its callback will tell the sid.
    said = replace(reply, token=uuid4())
    ProviderCopy.objects.create(token=said.token, since=turn.now)
    ProviderCopy.objects.filter(provider_sid=turn.message.provider_sid).update(reply=reply.text)
    return said
