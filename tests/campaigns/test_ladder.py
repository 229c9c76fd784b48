"""The ladder as data."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import ladder, launch
from campaigns.ladder import Ladder, Step, Way
from campaigns.models import Campaign
from core.officers import Role
from tests import make

STEPS = st.builds(
    Step,
    way=st.sampled_from(Way),
    wait=st.integers(0, 10_000).map(lambda minutes: timedelta(minutes=minutes)),
    times=st.integers(1, 4),
)


@given(steps=st.lists(STEPS, max_size=6))
def test_a_ladder_is_kept_as_it_was(steps: list[Step]) -> None:
    made = Ladder(tuple(steps))
    assert Ladder.from_json(made.as_json()) == made
    assert len(made.rungs) == sum(step.times for step in steps)
    assert made.rung(0) is made.rung(len(made.rungs) + 1) is None


@pytest.mark.parametrize("urgency", Campaign.Urgency.values)
def test_every_ladder_begins_with_the_text_and_ends_with_a_person(urgency: int) -> None:
    rungs = ladder.default("check-in", urgency).rungs
    assert [rung.channel for rung in rungs][:4] == ["sms", "sms", "voice", "voice"]
    assert rungs[-1].way is Way.LIST
    assert (Way.CONTACT in {rung.way for rung in rungs}) == (urgency != Campaign.Urgency.ROUTINE)
    assert ladder.default("check-in", urgency).is_sound()


def test_what_asks_nothing_is_sent_once() -> None:
    assert ladder.default("alert", Campaign.Urgency.NORMAL).rungs == []


@pytest.mark.django_db
def test_what_was_approved_is_kept_and_what_is_sent_back_is_not() -> None:
    campaign = make.campaign()
    officer, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    launch.submit(campaign, by=officer, now=make.NOW)
    launch.approve(campaign, by=approver, now=make.NOW)
    assert ladder.of(campaign) == ladder.default("check-in", Campaign.Urgency.NORMAL)
    launch.send_back(campaign, by=approver, reason="wrong place", now=make.NOW)
    assert campaign.ladder == []


@pytest.mark.django_db
def test_an_authors_own_ladder_is_approved_and_comes_back_with_the_draft() -> None:
    campaign = make.campaign()
    own = ladder.parse("call 20 x2, list 0")
    Campaign.objects.update(ladder=list(own.as_json()))
    campaign.refresh_from_db()
    officer, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    launch.submit(campaign, by=officer, now=make.NOW)
    launch.approve(campaign, by=approver, now=make.NOW)
    assert ladder.of(campaign) == own
    launch.send_back(campaign, by=approver, reason="wrong place", now=make.NOW)
    assert ladder.of(campaign) == own


FOLLOWING = st.lists(
    st.tuples(st.sampled_from(Way), st.integers(0, 900), st.integers(1, 3)), min_size=1, max_size=6
)


@given(rows=FOLLOWING)
def test_a_sound_ladder_asks_three_times_more_at_most_and_ends_with_the_list_within_a_day(
    rows: list[tuple[Way, int, int]],
) -> None:
    steps = [Step(way, timedelta(minutes=wait), times) for way, wait, times in rows]
    made = Ladder((Step(Way.TEXT, timedelta()), *steps))
    if not made.is_sound():
        return
    rungs = made.rungs[1:]
    ways = [rung.way for rung in rungs]
    assert ways.count(Way.LIST) == 1
    assert ways[-1] is Way.LIST
    assert sum(rung.channel is not None for rung in rungs) <= 3
    assert Way.CONTACT not in ways[:1]
    assert ways.count(Way.CONTACT) <= 1
    assert sum((rung.wait for rung in rungs), timedelta()) < timedelta(hours=24)
    assert all(rung.wait >= timedelta(minutes=5) for rung in rungs if rung.channel)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "text 30",
        "list 10, text 30",
        "text 30, text 30, call 30 x2, list 10",
        "text 4, list 10",
        "text 721, list 10",
        "contact 10, list 10",
        "call 30, contact 10, contact 10, list 10",
        "shout 30, list 10",
        "call 700 x3, list 10",
        "[1]",
        '[{"channel": "sms"}]',
        '[{"channel": "voice", "minutes": 0, "times": 99999}]',
    ],
)
def test_what_is_no_sound_ladder_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        ladder.parse(written)


def test_a_ladder_is_read_as_words_and_as_rows() -> None:
    made = ladder.parse("text 30, other 20, Call: 30, contact 15, list 0")
    assert [rung.way for rung in made.rungs] == [
        Way.TEXT, Way.TEXT, Way.OTHER_SENDER, Way.CALL, Way.CONTACT, Way.LIST
    ]  # fmt: skip
    assert ladder.parse(json.dumps(list(made.as_json()))) == made
