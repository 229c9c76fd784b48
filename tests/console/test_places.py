"""By place: one count serves every officer for a while, and never as if it were of now."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from campaigns.models import Attempt, Batch, Campaign
from channels_voice.models import Call
from console import places
from core.models import Trip
from core.officers import Role
from telephony.messages import CallStatus, Channel
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

NOBODY = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
}


def named(found: places.Places) -> Sequence[tuple[str, int]]:
    return [(row.name, row.tally.total) for row in found.rows]


def moved_to_darnah() -> Campaign:
    """Two people asked in Tripoli, counted there; then both trips change."""
    campaign = make.running_campaign(recipients=2)
    assert named(places.recent(campaign, make.NOW)) == [("Tripoli", 2)]
    Trip.objects.update(city="Darnah")
    return campaign


def test_a_count_serves_for_a_while_under_its_own_time() -> None:
    campaign = moved_to_darnah()
    soon = places.recent(campaign, make.NOW + timedelta(seconds=1))
    assert (named(soon), soon.at) == ([("Tripoli", 2)], make.NOW)


def test_a_count_that_has_served_is_made_anew() -> None:
    campaign, later = moved_to_darnah(), make.NOW + timedelta(minutes=5)
    found = places.recent(campaign, later)
    assert (named(found), found.at) == ([("Darnah", 2)], later)


def test_while_somebody_counts_the_others_have_the_count_before() -> None:
    campaign, later = moved_to_darnah(), make.NOW + timedelta(minutes=5)
    cache.set(f"board-places-{campaign.pk}-counting", 1, 30)
    assert places.recent(campaign, later).at == make.NOW


def test_without_redis_it_is_counted_each_time() -> None:
    campaign = moved_to_darnah()
    with override_settings(CACHES=NOBODY):
        assert named(places.recent(campaign, make.NOW)) == [("Darnah", 2)]


def test_the_board_opens_without_it_and_links_to_it() -> None:
    campaign = make.running_campaign(recipients=2)
    address = reverse("console:board-places", args=[campaign.pk])
    officer = at_the_desk(Role.ANALYST)
    board = officer.get(reverse("console:board", args=[campaign.pk])).content.decode()
    alone = officer.get(address).content.decode()
    fetched = officer.get(address, headers={"HX-Request": "true"}).content.decode()
    assert f'href="{address}"' in board
    assert ['id="p-place"' in page for page in (board, alone, fetched)] == [False, True, True]
    assert ("<html" in alone, "<html" in fetched) == (True, False)
    assert "Counted at" in fetched


def test_how_the_calls_ended_comes_with_the_places_and_not_with_the_board() -> None:
    campaign = make.running_campaign(recipients=1)
    row = campaign.recipients.select_related("contact").get()
    assert row.contact is not None
    call = make.sent_call(row.contact)
    Attempt.objects.create(recipient=row, step=2, channel=Channel.VOICE, message=call)
    Batch.objects.create(campaign=campaign, sender=call.sender, step=2, channel=Channel.VOICE)
    Call.objects.create(
        contact=row.contact,
        token=UUID(int=1),
        sender=call.sender,
        purpose=Call.Purpose.CHECK_IN,
        status=CallStatus.NO_ANSWER,
        created_at=make.NOW,
        status_at=make.NOW,
        message=call,
    )
    officer, ended = at_the_desk(Role.AUTHOR), "<dt>Nobody picked up</dt>"
    pages = [
        officer.get(reverse(f"console:{name}", args=[campaign.pk])).content.decode()
        for name in ("board", "board-panels", "board-places")
    ]
    assert [ended in page for page in pages] == [False, False, True]
