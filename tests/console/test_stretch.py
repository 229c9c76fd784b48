"""A list of a million rows, page by page: everybody once, whoever comes and goes meanwhile."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign, Recipient
from console import stretch
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows a page."""
    monkeypatch.setattr(stretch, "PAGE", 3)


def asked(people: int, *, answered: int = 0) -> Campaign:
    """So many got it; the first of them answered, two of them in the same second."""
    campaign = make.running_campaign(recipients=people)
    campaign.recipients.update(delivery="delivered", asked_at=make.NOW)
    for place, row in enumerate(campaign.recipients.order_by("pk")[:answered]):
        at = make.NOW + timedelta(seconds=place // 2)
        Recipient.objects.filter(pk=row.pk).update(answer="safe", answered_at=at)
    return campaign


def opened(client: Client, campaign: Campaign, query: str) -> tuple[list[int], str, str, str]:
    """The rows of a page, the addresses of the pages beside it, and what it looks like."""
    page = client.get(reverse("console:board-people", args=[campaign.pk]) + query)
    rows = [row.pk for row, *_ in page.context["rows"]]
    return rows, page.context["page"].earlier, page.context["page"].later, page.content.decode()


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(("show", "people"), [("silent", 8), ("safe", 8), ("answered", 8), ("total", 16)])
def test_going_on_to_the_end_and_back_meets_everybody_once(show: str, people: int) -> None:
    campaign, client = asked(16, answered=8), at_the_desk(Role.AUTHOR)
    forth: list[list[int]] = []
    back: list[list[int]] = []
    later, earlier = f"?show={show}", ""
    while later:
        rows, earlier, later, _ = opened(client, campaign, later)
        forth.append(rows)
    while earlier:
        rows, earlier, _, _ = opened(client, campaign, earlier)
        back.append(rows)
    seen = [pk for rows in forth for pk in rows]
    assert (len(seen), len(set(seen))) == (people, people)
    assert back == forth[-2::-1]


@pytest.mark.usefixtures("short")
def test_nobody_is_passed_over_because_others_left_the_list() -> None:
    campaign, client = asked(8), at_the_desk(Role.AUTHOR)
    everybody = list(campaign.recipients.order_by("pk").values_list("pk", flat=True))
    first, _, later, _ = opened(client, campaign, "?show=silent")
    Recipient.objects.filter(pk__in=first).update(answer="safe", answered_at=make.NOW)
    assert opened(client, campaign, later)[0] == everybody[3:6]


@pytest.mark.usefixtures("short")
def test_the_page_says_which_it_is_and_an_address_written_by_hand_opens_the_first() -> None:
    campaign, client = asked(8), at_the_desk(Role.CASE_OFFICER)
    first, _, later, page = opened(client, campaign, "?show=silent")
    assert "Page 1 of 3" in page
    assert "Page 2 of 3" in opened(client, campaign, later)[3]
    for odd in ("after=x", "before=1_2", "page=x", "after=5&page=x", f"before={first[1]}&page=3"):
        assert opened(client, campaign, f"?show=silent&{odd}")[0] == first
    safe = asked(2, answered=2)
    for odd in ("after=x", "after=2020-01-01_5", "before=2020-01-01T00:00:00_5", "after=_"):
        assert len(opened(client, safe, f"?show=safe&{odd}")[0]) == 2


def test_a_list_of_nobody_is_not_looked_for() -> None:
    campaign, client = asked(2), at_the_desk(Role.AUTHOR)
    with CaptureQueriesContext(connection) as statements:
        page = opened(client, campaign, "?show=needs_help")[3]
    assert "Nobody here" in page
    assert not [one for one in statements if 'FROM "campaigns_recipient"' in one["sql"]]
