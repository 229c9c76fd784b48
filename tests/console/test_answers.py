"""Answers over time: one count serves every officer for some seconds, under the moment it was made."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Recipient
from console import answers
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db


def answered(campaign: Campaign, people: int) -> None:
    some = Recipient.objects.filter(campaign=campaign, answer="")[:people]
    Recipient.objects.filter(pk__in=some.values("pk")).update(answer="safe", answered_at=make.NOW)


def top(campaign: Campaign, seconds: int) -> tuple[int | None, int, bool]:
    """So many seconds later: how high the line climbs, how old it is, whether the page asks again."""
    now = make.NOW + timedelta(seconds=seconds)
    found = answers.recent(campaign, now, exactly=True)
    return (found.line.top if found.line else None), int((now - found.at).total_seconds()), found.again_in > 0


def test_a_count_of_minutes_serves_for_some_seconds_and_is_then_made_anew() -> None:
    campaign = make.running_campaign(recipients=3)
    answered(campaign, 1)
    assert top(campaign, 0) == (1, 0, False)
    answered(campaign, 1)
    assert top(campaign, 2) == (1, 2, True)
    assert top(campaign, 60) == (2, 0, False)


def test_a_page_that_shows_a_count_from_before_says_of_when_and_asks_again_by_itself() -> None:
    campaign = make.running_campaign(recipients=3)
    address = reverse("console:board-panels", args=[campaign.pk])
    officer, again = at_the_desk(Role.AUTHOR), f'hx-get="{address}" hx-target="#panels"'
    first, second = (officer.get(address).content.decode() for _ in range(2))
    assert [(again in page, "Counted at" in page) for page in (first, second)] == [
        (False, False),
        (True, True),
    ]
