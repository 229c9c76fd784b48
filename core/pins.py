"""Phones that other people use too: marked by a PIN, without which nothing private is said on them.

A PIN has ten thousand values, so what protects it is that guessing is slow and ends: the stored value is
keyed with INDEX_KEY before it is salted and stretched, and wrong guesses are counted by line and by hour.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.contrib.auth.hashers import ScryptPasswordHasher
from django.utils.crypto import get_random_string

from core.models import ContactPoint, SharedPhone
from core.privacy.index import keyed_hash

DIGITS: Final = 4

GUESSES_A_LINE: Final = 3
"""Wrong guesses on one call, after which it is for an officer. A text is a line of its own."""

GUESSES_AN_HOUR: Final = 5
"""Wrong guesses on one phone within an hour, whatever the line."""

DIALOGUE: Final = "shared"
ASKS_WHO: Final = "who"
"""The dialogue about it, and its step that asks who uses the phone: others open it as well."""

_HOUR: Final = timedelta(hours=1)
_SALT: Final = 22  # characters
# 16 MB and some 50 ms on one core: somebody waits on the line.
_COST: Final = {"n": 2**14, "r": 8, "p": 1}


class Guess(StrEnum):
    """How a guess went."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # no guess is left here: for an officer


def stretched(contact: ContactPoint, pin: str) -> str:
    """What is stored of a PIN: slow to compute, salted, and of no use without INDEX_KEY."""
    stored: str = ScryptPasswordHasher().encode(_keyed(contact, pin), get_random_string(_SALT), **_COST)
    return stored


def is_pin(contact: ContactPoint, pin: str, stored: str) -> bool:
    """Whether that is the PIN behind a stored value."""
    return bool(ScryptPasswordHasher().verify(_keyed(contact, pin), stored))


def mark(contact: ContactPoint, stored: str, line: str) -> None:
    """Mark a phone as used by others; on the line on which its PIN was chosen it is not asked for again."""
    SharedPhone.objects.update_or_create(contact=contact, defaults={"pin": stored, "opened_on": line})


def unmark(contact: ContactPoint) -> bool:
    """Take the mark and the PIN away; False when there was none."""
    gone, _ = SharedPhone.objects.filter(contact=contact).delete()
    return gone > 0


def is_shared(contact: ContactPoint) -> bool:
    """Whether the phone is marked."""
    return SharedPhone.objects.filter(contact=contact).exists()


def locks(contact: ContactPoint, line: str) -> bool:
    """Whether nothing private may be said on that line yet."""
    return SharedPhone.objects.filter(contact=contact).exclude(opened_on=line).exists()


def is_over(contact: ContactPoint, line: str, now: datetime) -> bool:
    """Whether no guess is left on that line, or of this hour."""
    shared = SharedPhone.objects.filter(contact=contact).first()
    return shared is not None and _is_over(shared, line, now)


def guess(contact: ContactPoint, pin: str, line: str, now: datetime) -> Guess:
    """Hold four digits against the PIN; a right one opens the line. The caller holds the phone's lock."""
    shared = SharedPhone.objects.get(contact=contact)
    if _is_over(shared, line, now):
        return Guess.OVER
    if is_pin(contact, pin, shared.pin):
        shared.opened_on, shared.line_guesses = line, 0
        shared.save(update_fields=["opened_on", "line_guesses"])
        return Guess.RIGHT
    if shared.guessed_on != line:
        shared.guessed_on, shared.line_guesses = line, 0
    if not _counts_since(shared, now):
        shared.guesses_counted_from, shared.hour_guesses = now, 0
    shared.line_guesses += 1
    shared.hour_guesses += 1
    shared.save()
    return Guess.OVER if _is_over(shared, line, now) else Guess.WRONG


def _is_over(shared: SharedPhone, line: str, now: datetime) -> bool:
    on_line = shared.line_guesses if shared.guessed_on == line else 0
    in_hour = shared.hour_guesses if _counts_since(shared, now) else 0
    return on_line >= GUESSES_A_LINE or in_hour >= GUESSES_AN_HOUR


def _counts_since(shared: SharedPhone, now: datetime) -> bool:
    return shared.guesses_counted_from is not None and shared.guesses_counted_from > now - _HOUR


def _keyed(contact: ContactPoint, pin: str) -> str:
    return keyed_hash(f"pin {bytes(contact.number_index).hex()} {pin}").hex()
