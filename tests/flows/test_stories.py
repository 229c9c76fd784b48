"""Parking, help first, starting over and what nobody can read: in every language that has its texts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from campaigns.models import Recipient
from channels_sms.segments import Encoding, count
from core.models import ContactPoint, Trip
from core.people import contact_for
from tests import make, stories, transcripts
from tests.phone import Phone

# Three GSM-7 segments: a confirmation and, below it, the question that was parked.
BUDGET = {Encoding.GSM_7: 3, Encoding.UCS_2: 6}


@pytest.fixture
def play(phone: Phone, now: datetime, time_machine: TimeMachineFixture, tag: str, story: str) -> str:
    """The transcript of the story in that language, as it comes out now."""
    make_phone = make.traveller if story in stories.TRAVELLERS else make.contact
    make_phone(phone=phone.number, language=tag)
    ContactPoint.objects.update(language_chosen=True)
    clock = iter(now + timedelta(minutes=10 * number) for number in range(1, 9))

    def check_in() -> None:
        at = next(clock)
        time_machine.move_to(at)
        make.asked(contact_for(phone.number, at), now=at)
        time_machine.move_to(at + timedelta(minutes=1))

    return transcripts.played(phone, stories.script(story, tag), {stories.CHECK_IN: check_in})


@pytest.mark.parametrize("story", stories.STORIES)
@pytest.mark.parametrize("tag", stories.tags())
def test_the_story_holds_and_reads_as_it_was_agreed(
    play: str, tag: str, story: str, *, updating: bool
) -> None:
    HOLDS[story](transcripts.said(play))
    for words in transcripts.answers(play):
        cost = count(words)
        assert cost.segments <= BUDGET[cost.encoding], words
    kept = transcripts.path(story, tag)
    if updating:
        transcripts.write(story, tag, play)
    if not kept.exists():
        pytest.skip(f"holds, but nobody has read it in {tag} yet: --update-snapshots writes it down")
    assert play == kept.read_text("utf-8")


def _parking(said: Sequence[str]) -> None:
    """The parked question is back below the confirmation, and nothing that was told is lost."""
    asked, confirmed, registered, *_ = said
    assert confirmed.endswith(f"\n{asked}")
    assert registered != asked
    assert list(Recipient.objects.order_by("pk").values_list("answer", flat=True)) == ["safe", "not_there"]
    assert set(Trip.objects.values_list("country", flat=True)) == {"LY", "JP", "EG"}


def _help(said: Sequence[str]) -> None:
    """Help comes first, and the registration goes on when it is asked for."""
    asked, told, passed_on, again, _registered = said
    assert asked not in told + passed_on
    assert again == asked
    assert Recipient.objects.get().answer == "needs_help"
    assert Trip.objects.filter(country="JP").exists()


def _start_over(said: Sequence[str]) -> None:
    """Starting over forgets the trip; back asks once more."""
    dates, beginning, egypt, _consent, back, *_ = said
    assert beginning != dates
    assert egypt == back == dates
    assert Trip.objects.get().country == "EG"
    assert Trip.objects.get().end.isoformat() == "2026-12-09"


def _misses(said: Sequence[str]) -> None:
    """Asked twice more, then a person reads it, then silence; an answer that is understood goes on."""
    asked, first, second, third, fourth, consent, again, _refused = said
    assert first.endswith(asked)
    assert second.endswith(asked)
    assert asked not in third
    assert fourth == transcripts.SILENCE
    assert again.endswith(consent)


HOLDS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "parking": _parking,
    "help": _help,
    "start-over": _start_over,
    "misses": _misses,
}
