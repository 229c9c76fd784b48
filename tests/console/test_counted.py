"""One count serves every line that had heard before it began, and none that heard later."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Recipient
from console import counted
from tests import make

pytestmark = pytest.mark.django_db


def test_lines_that_heard_together_count_once() -> None:
    campaign = make.running_campaign(recipients=2)
    first, second = counted.heard(), counted.heard()
    found = counted.since(first, campaign.pk)
    assert found.counts["planned"] == 2
    assert counted.since(second, campaign.pk) is found


def test_whoever_hears_later_is_never_told_figures_from_before() -> None:
    campaign, other = make.running_campaign(recipients=2), make.running_campaign(recipients=1)
    counted.since(counted.heard(), campaign.pk)
    Recipient.objects.filter(campaign=campaign).update(delivery="delivered", answer="safe")
    later = counted.heard()
    assert counted.since(later, campaign.pk).counts["safe"] == 2
    assert counted.since(later, other.pk).counts["total"] == 1


def test_a_hundred_frames_that_heard_of_a_cry_for_help_count_once() -> None:
    make.case(make.traveller())
    turns = [counted.heard() for _ in range(100)]
    with CaptureQueriesContext(connection) as asked:
        told = {counted.waiting_since(turn) for turn in turns}
    assert {waiting.cases for waiting in told} == {1}
    assert len(asked) == 2


def test_a_frame_that_hears_later_is_told_of_what_came_since() -> None:
    counted.waiting_since(counted.heard())
    make.case(make.traveller())
    assert counted.waiting_since(counted.heard()).cases == 1
