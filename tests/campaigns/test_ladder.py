"""The ladder as data."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import ladder, launch
from campaigns.ladder import Ladder, Step
from campaigns.models import Campaign
from core.officers import Role
from telephony.messages import Channel
from tests import make

STEPS = st.builds(
    Step,
    channel=st.sampled_from([*Channel, None]),
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
    assert [rung.channel for rung in rungs] == ["sms", "sms", "voice", "voice", None]
    assert rungs[0].wait == timedelta()


def test_what_asks_nothing_is_sent_once() -> None:
    assert ladder.default("alert", Campaign.Urgency.NORMAL).rungs == []


@pytest.mark.django_db
def test_what_was_approved_is_kept_and_what_is_sent_back_is_not() -> None:
    campaign = make.campaign()
    officer, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    launch.submit(campaign, by=officer, now=make.NOW)
    launch.approve(campaign, by=approver, now=make.NOW)
    assert ladder.of(campaign) == ladder.default("check-in", Campaign.Urgency.NORMAL)
    campaign.ladder = campaign.ladder[:1]
    assert len(ladder.of(campaign).rungs) == 1, "the default may change; what was approved does not"
    launch.send_back(campaign, by=approver, reason="wrong place", now=make.NOW)
    assert campaign.ladder == []
