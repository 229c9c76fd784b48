"""Whether a campaign's time is long enough for all that it would send."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.urls import reverse

from campaigns import ladder, pace
from campaigns.models import Campaign
from campaigns.preview import preview
from console import steps
from core.officers import Role
from telephony.senders import Sender
from tests import make
from tests.console.desk import at_the_desk, submitted_campaign

pytestmark = pytest.mark.django_db

MINUTE = 60.0


def reckoned(campaign: Campaign) -> pace.Span:
    return pace.span(campaign, preview(campaign, make.NOW), make.NOW)


def test_it_takes_the_waits_of_its_ladder_and_the_time_of_its_lines() -> None:
    campaign = make.campaign()
    for _ in range(120):
        make.traveller()
    waits = sum((rung.wait for rung in ladder.of(campaign).rungs), timedelta()).total_seconds()
    quick = Sender(make.SENDER, segments_per_second=1000.0, calls_per_second=1000.0, calls_at_once=1000)
    slow = Sender(make.SENDER, segments_per_second=1.0, calls_per_second=1.0, calls_at_once=1000)
    few_lines = Sender(make.SENDER, segments_per_second=1000.0, calls_per_second=1000.0, calls_at_once=1)
    with patch.object(settings, "SENDERS", (quick,)):
        assert waits < reckoned(campaign).takes < waits + MINUTE
    with patch.object(settings, "SENDERS", (slow,)):
        assert reckoned(campaign).takes == waits + 240.0, "two texts and two calls each, side by side"
    with patch.object(settings, "SENDERS", (few_lines,)):
        assert reckoned(campaign).takes == waits + 240 * 25.0, "one line rings 25 seconds for each"


def test_without_a_moment_it_lasts_a_day_and_with_one_until_then() -> None:
    campaign = make.campaign()
    make.traveller()
    assert (reckoned(campaign).lasts, reckoned(campaign).is_too_long) == (24 * 60 * MINUTE, False)
    campaign.not_after = make.NOW + timedelta(minutes=20)
    assert (reckoned(campaign).lasts, reckoned(campaign).is_too_long) == (20 * MINUTE, True)


def test_nobody_to_reach_takes_no_time() -> None:
    campaign = make.campaign()
    campaign.not_after = make.NOW + timedelta(minutes=1)
    assert not reckoned(campaign).is_too_long


@pytest.mark.parametrize("page", ["campaign", "campaign-approve", "campaign-launch"])
def test_every_page_before_the_sending_says_both_figures(now: object, page: str) -> None:
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    url = reverse(f"console:{page}", args=[campaign.pk])
    if page == "campaign-launch":
        Campaign.objects.update(state=Campaign.State.APPROVED, ladder=list(ladder.of(campaign).as_json()))
    client = at_the_desk(Role.APPROVER)
    assert "not everything will be sent" not in client.get(url).content.decode()
    Campaign.objects.update(not_after=make.NOW + timedelta(minutes=40))
    said = client.get(url).content.decode()
    assert "take about 3 hours, but it ends after 40 minutes: not everything will be sent." in said


def test_an_alert_sent_once_is_measured_by_its_one_text() -> None:
    campaign = make.campaign(kind=Campaign.Kind.ALERT)
    make.traveller()
    campaign.not_after = make.NOW + timedelta(minutes=10)
    assert steps.too_long(campaign, preview(campaign, make.NOW), make.NOW) == []
