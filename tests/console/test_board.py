"""The board says what the rows say, and shows nobody more than their role may see."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns import tally
from campaigns.models import SKIPPED, Campaign, Recipient
from console import board
from console.views.board import LISTS
from core.models import Trip
from core.officers import Role
from telephony.messages import DeliveryStatus
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

FATES = [
    ("planned", ""),
    (DeliveryStatus.SENDING, ""),
    (DeliveryStatus.SENT, ""),
    (DeliveryStatus.SENT, "needs_help"),
    (DeliveryStatus.DELIVERED, ""),
    (DeliveryStatus.DELIVERED, "safe"),
    (DeliveryStatus.DELIVERED, "not_there"),
    (DeliveryStatus.DELIVERED, "unclear"),
    (DeliveryStatus.UNDELIVERED, ""),
    (DeliveryStatus.FAILED, "safe"),
    (SKIPPED, ""),
]


def sent() -> Campaign:
    """A campaign in which every fate befell one recipient."""
    campaign = make.running_campaign(recipients=len(FATES))
    for minute, (row, (delivery, answer)) in enumerate(
        zip(campaign.recipients.order_by("pk"), FATES, strict=True)
    ):
        at = make.NOW + timedelta(minutes=minute) if answer else None
        Recipient.objects.filter(pk=row.pk).update(delivery=delivery, answer=answer, answered_at=at)
    return campaign


def test_the_list_behind_each_figure_has_as_many_rows_as_the_figure_says() -> None:
    campaign = sent()
    figures = board.figures(campaign)
    for name, condition in board.ROWS.items():
        assert Recipient.objects.filter(condition, campaign=campaign).count() == figures[name], name


def test_every_list_opens() -> None:
    campaign = sent()
    client = at_the_desk(Role.CASE_OFFICER)
    for name in LISTS:
        assert (
            client.get(reverse("console:board-people", args=[campaign.pk]), {"show": name}).status_code == 200
        )
    assert client.get(reverse("console:board-people", args=[campaign.pk]), {"show": "all"}).status_code == 404


def test_places_and_languages_add_up_to_everyone_asked() -> None:
    campaign = sent()
    for rows in (board.by_place(campaign), board.by_language(campaign)):
        assert sum(row.tally.total for row in rows) == tally.of(campaign).total


def test_figures_of_many_campaigns_agree_with_each_campaigns_own() -> None:
    first, second = sent(), make.running_campaign(recipients=2)
    assert dict(board.figures_of([first, second])) == {
        first: tally.of(first),
        second: tally.of(second),
    }


def test_answers_over_time_climb_in_steps_to_the_top() -> None:
    campaign = sent()
    line = board.over_time(campaign, board.by_minute(campaign), make.NOW + timedelta(minutes=30))
    assert line is not None
    assert line.top == 5
    assert line.answered.startswith("M0 100H")
    assert "V0.0H600" in line.answered


def test_a_board_without_answers_has_no_line_and_says_when_to_expect_them() -> None:
    campaign = make.running_campaign()
    assert board.over_time(campaign, board.by_minute(campaign), make.NOW) is None
    page = at_the_desk(Role.AUTHOR).get(reverse("console:board", args=[campaign.pk])).content.decode()
    assert "The first answers usually come within" in page


def test_an_analyst_sees_the_counts_and_no_way_to_a_row() -> None:
    campaign = sent()
    page = at_the_desk(Role.ANALYST).get(reverse("console:board", args=[campaign.pk])).content.decode()
    assert 'data-figure="needs_help"' in page
    assert reverse("console:board-people", args=[campaign.pk]) not in page


def test_what_an_analyst_is_told_is_about_nobody() -> None:
    """One in Darnah asks for help, all others are safe: the one shows nowhere, not even by subtraction."""
    campaign = make.running_campaign(recipients=43)
    rows = list(campaign.recipients.order_by("pk"))
    people = [row.contact.person_id for row in rows if row.contact]
    campaign.recipients.update(delivery="delivered", answer="safe", answered_at=make.NOW)
    Recipient.objects.filter(pk=rows[0].pk).update(answer="needs_help", language="it")
    Trip.objects.filter(person__in=people[:2]).update(city="Darnah")
    address = reverse("console:board", args=[campaign.pk])
    by_place = reverse("console:board-places", args=[campaign.pk])
    assert [row.tally.needs_help for row in at_the_desk(Role.AUTHOR).get(by_place).context["places"]] == [
        0,
        1,
    ]
    analyst = at_the_desk(Role.ANALYST)
    told = analyst.get(address).context
    # Of two places neither is told: the board says of both together how many were asked.
    assert {
        (row.name, row.tally.needs_help, row.tally.total) for row in analyst.get(by_place).context["places"]
    } == {
        ("Tripoli", None, None),
        ("Darnah", None, None),
    }
    assert (told["figures"]["total"], told["figures"]["needs_help"], list(told["stream"])) == (45, None, [])
    assert {row.name: row.tally.total for row in told["languages"]} == {"en": None, "it": None}
    panels = analyst.get(reverse("console:board-panels", args=[campaign.pk])).content.decode()
    assert "Latest answers" not in panels
    listed = analyst.get(reverse("console:figures")).context["rows"]
    assert [tally.needs_help for _, tally in listed] == [None]


def test_of_a_campaign_that_its_time_ended_an_analyst_is_told_no_few_either() -> None:
    campaign = make.running_campaign(recipients=30)
    campaign.recipients.filter(pk__in=campaign.recipients.values("pk")[:4]).update(delivery="delivered")
    assert board.unfinished(campaign) == {"never_asked": 26, "silent": 4}
    assert board.unfinished(campaign, exactly=False) == {"never_asked": 25, "silent": None}


def test_an_analysts_line_of_answers_rises_by_several_at_once() -> None:
    campaign = sent()
    minutes = board.by_minute(campaign)
    exact = board.over_time(campaign, minutes, make.NOW + timedelta(minutes=30))
    coarse = board.over_time(campaign, minutes, make.NOW + timedelta(minutes=30), exactly=False)
    assert exact is not None
    assert coarse is not None
    assert exact.help != coarse.help
    assert "V100.0" in coarse.help
    assert coarse.top is None


def test_an_author_sees_rows_without_phones_or_places() -> None:
    campaign = sent()
    address = reverse("console:board-people", args=[campaign.pk])
    author = at_the_desk(Role.AUTHOR).get(address, {"show": "total"}).content.decode()
    officer = at_the_desk(Role.CASE_OFFICER).get(address, {"show": "total"}).content.decode()
    assert "Tripoli" not in author.partition("<main")[2]
    assert "••" not in author
    assert "Tripoli" in officer.partition("<main")[2]
    assert "••" in officer


def test_bars_are_written_with_a_point_in_every_language() -> None:
    campaign = sent()
    client = at_the_desk(Role.AUTHOR)
    client.cookies["django_language"] = "it"
    page = client.get(reverse("console:board", args=[campaign.pk])).content.decode()
    assert 'width="9.091%"' in page


def test_a_campaign_not_sent_yet_has_no_board() -> None:
    campaign = make.campaign()
    address = reverse("console:board", args=[campaign.pk])
    assert at_the_desk(Role.AUTHOR).get(address).status_code == 302
    assert at_the_desk(Role.ANALYST).get(address).status_code == 404
