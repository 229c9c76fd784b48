"""Quiet hours on the recipient's own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import waking
from campaigns.models import Recipient
from tests import make

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc"))


@given(
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
)
def test_whoever_sleeps_is_woken_at_eight_and_not_later_than_that(now: datetime, zone: str) -> None:
    until = waking.sleeps_until(now, zone)
    if until is None:
        assert waking.UNTIL <= now.astimezone(ZoneInfo(zone)).time() < waking.FROM
        return
    assert now < until <= now + timedelta(hours=12)
    assert waking.sleeps_until(until, zone) is None
    assert waking.sleeps_until(until - timedelta(minutes=1), zone) == until


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        ("2026-03-28T22:30+00:00", "2026-03-29T06:00+00:00"),  # 23:30 CET, then 8:00 CEST
        ("2026-10-24T21:30+00:00", "2026-10-25T07:00+00:00"),  # 23:30 CEST, then 8:00 CET
    ],
)
def test_the_night_the_clocks_change_ends_at_eight_on_the_new_time(evening: str, morning: str) -> None:
    found = waking.sleeps_until(datetime.fromisoformat(evening), "Europe/Rome")
    assert found == datetime.fromisoformat(morning)


@pytest.mark.django_db
def test_the_clock_is_that_of_the_trip_and_without_one_of_the_campaigns_country() -> None:
    campaign = make.running_campaign(recipients=1)
    away = make.traveller(country="JP")
    batch = campaign.batches.get()
    other = Recipient.objects.create(campaign=campaign, batch=batch, contact=away, language="en")
    gone = Recipient.objects.create(campaign=campaign, batch=batch, contact=None, language="en")
    rows = list(Recipient.objects.values_list("pk", flat=True))
    zones = waking.zones(campaign, rows, make.NOW)
    assert zones[other.pk] == "Asia/Tokyo"
    assert zones[gone.pk] == "Africa/Tripoli"
