"""Texts of one phone that come faster than anybody writes: kept for an officer, unread and unanswered.

Nothing a person sent is lost, and whoever floods us cannot make others wait. STOP, a cry for help and the
digit that answers a check-in are read however fast they come.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Final

from core import people
from core.counters import Counted, count
from core.dialogues.answers import plain
from core.intents.keywords import read, strings, table, tags
from core.intents.reading import Intent
from core.models import ContactPoint, Message, ProviderCopy
from core.signals import text_unread
from core.turn import Incoming

_pressed: Final[ContextVar[bool]] = ContextVar("pressed", default=False)
_LONGEST: Final = 40  # characters of a text that can be one of those words


@contextmanager
def pressed() -> Iterator[None]:
    """Within it, the phone that is answered writes too fast."""
    token = _pressed.set(True)
    try:
        yield
    finally:
        _pressed.reset(token)


def takes(incoming: Incoming) -> bool:
    """Whether this text is one to `keep` and not to read."""
    return _pressed.get() and not _must_be_read(incoming.text)


def keep(incoming: Incoming) -> None:
    """Store a text for the officers' inbox, once; from somebody deleted a repeat leaves no new trace."""
    count(Counted.KEPT_UNREAD)
    contact = people.find(incoming.number)
    if contact is None:
        if ProviderCopy.objects.filter(provider_sid=incoming.sid).exists():
            return
        contact = people.contact_for(incoming.number, incoming.now)
    Message.objects.bulk_create([_unread(contact, incoming)], ignore_conflicts=True)
    _tell(incoming.now)


def _unread(contact: ContactPoint, incoming: Incoming) -> Message:
    return Message(
        contact=contact,
        direction=Message.Direction.IN,
        channel=incoming.channel,
        sender=incoming.sender,
        body=incoming.text,
        created_at=incoming.now,
        provider_sid=incoming.sid,
        unclear=True,
    )


def _tell(now: datetime) -> None:
    text_unread.send(sender=Message, now=now)


def _must_be_read(text: str) -> bool:
    words = plain(text) if len(text) <= _LONGEST else ""
    return words.isdigit() or words in _urgent()


@cache
def _urgent() -> frozenset[str]:
    """The texts of STOP and of help that need no reading, in every language."""
    found = set()
    for tag in tags():
        data = read(tag)
        for intent in (Intent.STOP, Intent.NEED_HELP):
            for phrases in table(data.get(intent)).values():
                found |= {plain(phrase) for phrase in strings(phrases)}
    return frozenset(found)
