"""Writing a campaign, and seeing who would get it."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from campaigns.audience import Audience
from campaigns.models import Campaign
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk, submitted_campaign

pytestmark = pytest.mark.django_db

WRITTEN = {
    "title": "Earthquake Derna",
    "kind": "check-in",
    "countries": ["LY"],
    "here": "on",
    "text_en": make.TEXT,
}


def test_an_author_writes_a_campaign_and_sees_who_would_get_it() -> None:
    client = at_the_desk(Role.AUTHOR)
    page = client.post(reverse("console:campaign-new"), WRITTEN | {"on": "2026-11-25"}, follow=True)
    campaign = Campaign.objects.get()
    assert page.redirect_chain[-1][0] == reverse("console:campaign", args=[campaign.pk])
    assert Audience.from_json(campaign.audience) == Audience(("LY",), date(2026, 11, 25))
    assert "Nothing has been sent" in page.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "Give it a name"),
        ({"countries": []}, "Choose at least one country"),
        ({"countries": ["ZZ"]}, "ZZ"),
        ({"on": "tomorrow"}, "year-month-day"),
        ({"text_en": "   "}, "Write the text in English"),
        ({"text_en": "x" * 1601}, "1600"),
        ({"kind": "poll"}, "poll"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_repair_and_nothing_is_kept(
    change: dict[str, str], said: str
) -> None:
    page = at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), WRITTEN | change)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Campaign.objects.exists()


def test_a_draft_is_changed_by_another_author_who_then_has_a_hand_in_it() -> None:
    campaign = make.campaign()
    second = make.officer(Role.APPROVER)
    at_the_desk(second).post(
        reverse("console:campaign-edit", args=[campaign.pk]), WRITTEN | {"title": "Changed", "drill": "on"}
    )
    campaign.refresh_from_db()
    assert (campaign.title, campaign.drill) == ("Changed", True)
    assert list(campaign.writers.all()) == [second]


def test_a_submitted_campaign_cannot_be_changed_and_the_page_says_why() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = submitted_campaign(author)
    page = at_the_desk(author).post(
        reverse("console:campaign-edit", args=[campaign.pk]), WRITTEN, follow=True
    )
    campaign.refresh_from_db()
    assert campaign.title == "Check-in"
    assert "a colleague has moved this campaign" in page.content.decode()


def test_the_preview_declares_fallbacks_and_who_is_left_out(now: None) -> None:
    make.traveller(language="ar")
    make.opted_out(make.traveller(language="it"))
    campaign = make.campaign()
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[campaign.pk])).content.decode()
    assert "English, because theirs is missing" in page
    assert "said STOP" in page
    assert "1 person would be asked" in page


def test_a_campaign_to_nobody_says_so_before_anything_is_asked(now: None) -> None:
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[make.campaign().pk]))
    assert "Nobody is registered there" in page.content.decode()


def test_a_drill_is_worded_on_the_page_and_in_its_texts() -> None:
    campaign = make.campaign()
    Campaign.objects.update(drill=True)
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[campaign.pk])).content.decode()
    assert "This is practice" in page
    assert f"DRILL. {make.TEXT}" in page


def test_the_segment_counter_counts_as_the_sender_does() -> None:
    client = at_the_desk(Role.AUTHOR)
    address = reverse("console:segments") + "?field=text_ar"
    assert "2 segments" in client.post(address, {"text_ar": "ب" * 71}).content.decode()
    assert "Nothing written yet" in client.post(address, {"text_ar": ""}).content.decode()


def test_the_list_shows_one_state_and_marks_drills() -> None:
    make.campaign()
    Campaign.objects.update(drill=True, title="Practice")
    client = at_the_desk(Role.ADMIN)
    assert "drill-mark" in client.get(reverse("console:campaigns")).content.decode()
    assert (
        "No campaign in this state"
        in client.get(reverse("console:campaigns"), {"state": "stopped"}).content.decode()
    )
    assert client.get(reverse("console:campaigns"), {"state": "nonsense", "page": "x"}).status_code == 200


@pytest.mark.parametrize("page", ["campaigns", "now", "figures", "cases"])
def test_a_longer_list_costs_no_more_queries(
    page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = at_the_desk(Role.CASE_OFFICER)
    for _ in range(12):
        make.running_campaign(recipients=1)
        make.case()
    warm(client, page)
    with django_assert_max_num_queries(18):
        shown = client.get(reverse(f"console:{page}"))
    assert shown.status_code == 200


def warm(client: Client, page: str) -> None:
    """Session, language and place names are read once, before the counting."""
    client.get(reverse(f"console:{page}"))


def test_the_form_offers_the_day_of_the_draft_again() -> None:
    campaign = make.campaign()
    campaign.audience = campaign.audience | {"on": date(2026, 12, 1).isoformat()}
    campaign.save()
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign-edit", args=[campaign.pk]))
    assert 'value="2026-12-01"' in page.content.decode()


def test_how_many_are_in_a_country_is_counted_on_the_day_that_it_is_there(
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(datetime(2026, 11, 22, 20, 0, tzinfo=UTC), tick=False)
    make.trip(country="NZ", city="Wellington", dates=(date(2026, 11, 23), date(2026, 11, 23)))
    make.trip(country="LY", dates=(date(2026, 11, 23), date(2026, 11, 23)))
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign-new"))
    assert page.context["present"] == {"NZ": 1}
