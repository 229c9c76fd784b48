"""Whatever a call can say by any keys: clips have to exist for it, or the language falls silent there.

Every question is answered in every way that its kind allows, from wherever it is reached first. A text that
is newly spoken and that nobody is asked to record is found here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pytest

from campaigns import replies
from channels_sms import outbound
from channels_voice.asked import Asked, Awaits
from channels_voice.clips import inventory, store
from channels_voice.models import CallStep
from core import endings, pins
from telephony.numbers import PhoneNumber
from tests import make
from tests.calls import forgotten
from tests.handset import Handset

_PIN: Final = "4821"
_WAIT: Final = ""  # no key
_RECORD: Final = "(recording)"
_CRY: Final = "help we are trapped"

# Beside the keys of its choices: how each kind of question may be answered. 218 is Libya, 39 is home, 4726
# fits several countries; the days lie before, in and after the trips there are.
_ANSWERS: Final[Mapping[Awaits, Sequence[str]]] = {
    Awaits.PLACE: ("218", "39", "4726", _CRY),
    Awaits.DAY: ("2511", "0112", "2011", "1", "3102"),
    Awaits.NUMBER: ("2", "1"),
    Awaits.CODE: (_PIN, "0000"),
}
# What may happen at any question, the last two again and again until something else is said.
_ANY: Final[Sequence[Sequence[str]]] = (("0",), ("9",), ("*",), ("77", "77"), (_WAIT, _WAIT, _WAIT))


def _traveller(number: PhoneNumber, tag: str) -> None:
    make.traveller(phone=number, language=tag)


def _two_trips(number: PhoneNumber, tag: str) -> None:
    first = make.traveller(phone=number, language=tag)
    day = make.NOW.date()
    dates = (day + timedelta(days=20), day + timedelta(days=29))
    make.trip(of=first.person, country="EG", city="Cairo", dates=dates)


def _shared(number: PhoneNumber, tag: str) -> None:
    owner = make.traveller(phone=number, language=tag)
    pins.mark(owner, pins.stretched(owner, _PIN), "another line")


def _asked_about_the_end(number: PhoneNumber, tag: str) -> None:
    day = make.NOW.date()
    owner = make.person(phone=number, language=tag)
    make.trip(of=owner, dates=(day - timedelta(days=9), day))
    assert endings.ask(outbound.say, replies.unanswered(make.NOW), make.NOW) == 1


BEGINNINGS: Final[Mapping[str, Callable[[PhoneNumber, str], object]]] = {
    "known": lambda number, tag: make.contact(phone=number, language=tag),
    "traveller": _traveller,
    "two trips": _two_trips,
    "silent": lambda number, tag: make.opted_out(make.traveller(phone=number, language=tag)),
    "shared": _shared,
    "check-in": lambda number, tag: make.asked(make.traveller(phone=number, language=tag)),
    "the last day": _asked_about_the_end,
}


@dataclass
class Ears:
    """Hears every text of calls in one language. `unheard` are those that its clips cannot say."""

    tag: str
    now: datetime
    heard: set[str] = field(default_factory=set)
    unheard: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        keys = (one.key for one in inventory.needed(self.tag, self.now.date()))
        self._clips = store.beginnings(keys)

    def said(self, _tag: str, text: str) -> Sequence[str]:
        """In the place of `store.said`."""
        pieces = store.pieces_of(inventory.plain(text), self._clips)
        self.heard |= set(pieces or ())
        if pieces is None:
            self.unheard.add(text)
        return [store.key_of(self.tag, piece) for piece in pieces or ()]


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Ears:
    """Calls are held in Swahili."""
    made = Ears("sw", now)
    monkeypatch.setattr(store, "speaks", lambda tag: tag == made.tag)
    monkeypatch.setattr(store, "said", made.said)
    return made


def _question(handset: Handset) -> Asked:
    step = CallStep.objects.filter(call__provider_sid=handset.sid).order_by("number").last()
    assert step is not None
    return Asked.from_json(step.asked)


def _ways(asked: Asked) -> Iterator[Sequence[str]]:
    if asked.awaits is Awaits.RECORDING or asked.recorded:
        yield from ((_RECORD,), (_WAIT,))
        return
    keys = range(1, len(asked.shown) + asked.has_more + 1)
    yield from ((str(key),) for key in keys)
    yield from ((answer,) for answer in _ANSWERS.get(asked.awaits, ()))
    yield from _ANY


def _does(handset: Handset, what: str) -> None:
    if what == _RECORD:
        handset.records("RE" + "1" * 32)
    elif what == _CRY:
        handset.says(what)
    elif what == _WAIT:
        handset.waits()
    else:
        handset.presses(what)


def _explore(handset: Handset, tag: str, seen: set[object]) -> None:
    """Answer the question that waits in every way, and so on from wherever that leads in that language."""
    asked = _question(handset)
    place = (asked.text, asked.awaits, tuple(choice.label for choice in asked.shown), asked.recorded)
    if place in seen or asked.language != tag:
        return
    seen.add(place)
    markup = handset.markup
    for way in _ways(asked):
        handset.markup, handset.over = markup, False
        with forgotten():
            for what in way:
                if not handset.over and (what in {_RECORD, _WAIT} or "<Gather" in handset.markup):
                    _does(handset, what)
            if not handset.over:
                _explore(handset, tag, seen)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_nothing_is_said_on_a_call_that_nobody_is_asked_to_record(
    handset: Handset, ears: Ears, beginning: str
) -> None:
    BEGINNINGS[beginning](handset.number, ears.tag)
    handset.dials()
    seen: set[object] = set()
    _explore(handset, ears.tag, seen)
    assert len(seen) > 10
    assert ears.unheard == set()
