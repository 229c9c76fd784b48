"""What goes wrong on a line, at each step of every story: whoever tries again ends where they wanted to."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from xml.etree import ElementTree

import pytest
from asgiref.sync import async_to_sync
from time_machine import TimeMachineFixture

from channels_voice import outbound, prompts
from channels_voice.models import Call, Recording
from core import gateway
from telephony.memory import Memory
from tests import make
from tests.calls import STORIES, forgotten, key_of, left_behind, words
from tests.handset import Handset

_GARBAGE: Final = "\x00\ufffd<Say>🙂" * 40
_NO_ANSWER: Final = "00"  # to nothing: no day, no country, no number of people, no choice


def _steps(handset: Handset, story: str) -> Iterator[None]:
    """Ring, and stop at each question of the story before its key is pressed."""
    STORIES[story].begins(handset.number, "en")
    handset.dials()
    for keys in STORIES[story].keys:
        yield
        handset.presses(key_of(keys.format(**words("en")), _lines(handset)).rstrip("#"))


def _lines(handset: Handset) -> list[str]:
    """What was said with the question that waits."""
    return [node.text or "" for node in ElementTree.fromstring(handset.markup).iter("Say")]  # noqa: S314


@pytest.fixture
def clean(handset: Handset, now: datetime, story: str) -> Mapping[str, object]:
    """What the story leaves behind where nothing goes wrong."""
    with forgotten():
        for _ in _steps(handset, story):
            pass
        return left_behind()


def _errs(handset: Handset) -> None:
    """All that may happen while a question waits, and must not answer it."""
    question = handset.waits().removeprefix("No key was pressed. ")
    target = handset.target
    assert handset.presses(_NO_ANSWER) == f"Sorry, that was not understood. {question}"
    assert handset.posts(target, {"Digits": "1"}).content.decode() == handset.markup
    for status in ("ringing", "completed", "failed"):
        assert handset.posts("/voice/status/inbound", {"CallStatus": status}).status_code == 204
    assert handset.says(_GARBAGE).endswith(question)


@pytest.mark.parametrize("story", STORIES)
def test_who_errs_at_every_step_ends_where_others_end(
    handset: Handset, clean: Mapping[str, object], story: str
) -> None:
    for _ in _steps(handset, story):
        _errs(handset)
    assert left_behind() == clean


def _drops(handset: Handset) -> None:
    """The line is gone."""
    handset.posts("/voice/status/inbound", {"CallStatus": "completed"})


def _falls_silent(handset: Handset) -> None:
    """No digit ever comes."""
    while not handset.over:
        handset.waits()


def _presses_anything(handset: Handset) -> None:
    """Wrong keys, until they are taken no more; then the tone, and nobody speaks."""
    while "<Gather" in handset.markup:
        handset.presses(_NO_ANSWER)
    _drops(handset)


@pytest.mark.parametrize("fails", [_drops, _falls_silent, _presses_anything])
@pytest.mark.parametrize("story", STORIES)
def test_who_calls_again_within_half_an_hour_goes_on_where_it_failed(
    handset: Handset,
    clean: Mapping[str, object],
    time_machine: TimeMachineFixture,
    story: str,
    fails: Callable[[Handset], None],
) -> None:
    for step, _ in enumerate(_steps(handset, story), start=1):
        question = handset.waits().removeprefix("No key was pressed. ")
        fails(handset)
        time_machine.move_to(make.NOW + timedelta(minutes=4 * step))
        assert handset.dials().removesuffix(prompts.anywhere()).rstrip().endswith(question)
    assert left_behind() == clean


def test_news_of_a_call_of_ours_before_it_is_answered_takes_nothing_from_the_answer(
    handset: Handset, provider: Memory, now: datetime
) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    call = outbound.prepare(contact, gateway.senders()[0], Call.Purpose.CHECK_IN, now)
    async_to_sync(outbound.place)(provider, call, now=now)
    handset.sid = "CA" + "6" * 32
    for status in ("in-progress", "completed", "ringing", "initiated"):
        handset.posts(f"/voice/status/{call.token.hex}", {"CallStatus": status})
    assert "are you safe?" in handset.picks_up(provider.placed[0].url)
    handset.presses("2")
    recipient.refresh_from_db()
    call.refresh_from_db()
    assert (recipient.answer, call.status) == ("needs_help", "completed")


@pytest.mark.parametrize(("keys", "answer"), [("", ""), ("1", "safe"), ("2", "needs_help")])
def test_a_machine_that_is_told_of_after_the_end_answers_nothing_and_takes_no_answer_away(
    handset: Handset, provider: Memory, now: datetime, keys: str, answer: str
) -> None:
    contact = make.traveller(phone=handset.number)
    recipient = make.asked(contact)
    call = outbound.prepare(contact, gateway.senders()[0], Call.Purpose.CHECK_IN, now)
    async_to_sync(outbound.place)(provider, call, now=now)
    handset.picks_up(provider.placed[0].url)
    late = handset.target
    if keys:
        handset.presses(keys)
    news = f"/voice/status/{call.token.hex}"
    handset.posts(news, {"CallStatus": "completed"})
    handset.posts(news, {"CallStatus": "completed", "AnsweredBy": "machine_start"})
    outbound.leave_word(call.pk)
    assert handset.posts(late, {"Digits": "1"}).status_code == 200  # by whoever delivers it again, too late
    recipient.refresh_from_db()
    call.refresh_from_db()
    assert (recipient.answer, call.status, call.answered_by) == (answer, "completed", "machine")
    assert not provider.diverted


def test_a_voice_of_ten_minutes_is_one_answer_for_an_officer(handset: Handset) -> None:
    handset.dials()
    handset.presses("0")
    heard = handset.records("RE" + "6" * 32, 600)
    assert heard.startswith("Thank you. An officer will call you on this number.")
    assert handset.over
    kept = Recording.objects.get()
    assert (kept.seconds, kept.message.unclear) == (600, True)
