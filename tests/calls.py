"""Stories told on the telephone by keys alone, and by text: the same in every language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.db import transaction

from campaigns.models import Case, Recipient
from core import places
from core.intents.keywords import read, strings, table
from core.languages import language
from core.models import Consent, ContactPoint, OptOut, Trip
from telephony.numbers import PhoneNumber
from tests import make


@dataclass(frozen=True, slots=True)
class Story:
    """What is keyed on a call, and the texts that come to the same. `begins` makes whom we know before it.

    Keys in angle brackets are those of the choice that is called so.
    """

    keys: Sequence[str]
    texts: Sequence[str]
    begins: Callable[[PhoneNumber, str], object]


def _known(number: PhoneNumber, tag: str) -> object:
    return make.contact(phone=number, language=tag)


def _travels(number: PhoneNumber, tag: str) -> object:
    return make.traveller(phone=number, language=tag)


def _asked(number: PhoneNumber, tag: str) -> object:
    return make.asked(make.traveller(phone=number, language=tag))


STORIES: Final[Mapping[str, Story]] = {
    # Libya by its telephone code, from 25 November to 8 December, two people, agreed.
    "call-register": Story(
        ["1", "218#", "2511", "0812", "2#", "1"],
        ["{register} {libya} 25/11 8/12", "2", "3", "2", "1"],
        _known,
    ),
    "call-help": Story(["2", "1", "3#"], ["SOS"], _known),
    "call-check-in": Story(["1"], ["1"], _asked),
    # The dates only: from 26 November to 9 December.
    "call-change": Story(["1", "2", "2611", "0912"], ["{update}", "2", "26/11 9/12"], _travels),
    "call-end": Story(["3", "1", "3", "2"], ["{end}"], _travels),
    "call-delete": Story(["3", "4", "1"], ["{delete}"], _travels),
    "call-language": Story(["4", "<{other}>"], ["{language}", "{other}"], _known),
}


@cache
def words(tag: str) -> Mapping[str, str]:
    """What somebody writes to us in that language, and the name of another one."""
    intents = {
        intent: strings(table(read(tag).get(intent)).get("anywhere"))[0]
        for intent in ("register", "update", "end", "delete", "language")
    }
    other = language("it" if tag != "it" else "en").name
    return {**intents, "libya": places.name_of_country("LY", tag), "other": other}


def key_of(keys: str, heard: Sequence[str]) -> str:
    """Keys as they are pressed: those of a choice are told by what was heard last under its name."""
    if not keys.startswith("<"):
        return keys
    lines = [line for line in heard if line.startswith(keys.strip("<>"))]
    assert lines, f"no choice is called {keys}"
    return next(letter for letter in lines[-1] if letter.isdecimal())


def left_behind() -> Mapping[str, list[tuple[object, ...]]]:
    """What a story leaves behind, whichever way it was told."""
    phones = ContactPoint.objects.all()
    return {
        "trips": list(Trip.objects.values_list("country", "city", "start", "end", "party")),
        "consent": list(Consent.objects.values_list("text_version", "how")),
        "phones": [(one.language, one.language_chosen, bool(one.person_id)) for one in phones],
        "silent": list(OptOut.objects.values_list("source")),
        "cases": [(case.reason, case.state, bool(case.campaign_id)) for case in Case.objects.all()],
        "answers": list(Recipient.objects.values_list("answer")),
    }


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens in here has not happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
