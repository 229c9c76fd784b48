"""From draft to sent: two people, said in numbers before, and nothing that moved on meanwhile."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import launch
from campaigns.audience import Audience
from campaigns.models import Campaign, CampaignText, Recipient
from core.models import Officer
from core.officers import Role
from telephony.messages import DeliveryStatus
from tests import make
from tests.console.desk import at_the_desk, looked_at, submitted_campaign

pytestmark = pytest.mark.django_db

TYPED = {"country": "Libya", "count": "1"}


def press(client: Client, step: str, campaign: Campaign, typed: dict[str, str] | None = None) -> str:
    """Open the page of a step and press its button; what answers, and the campaign as it stands."""
    address = reverse(f"console:campaign-{step}", args=[campaign.pk])
    page = client.post(address, {**looked_at(client, address), **(typed or {})}, follow=True)
    campaign.refresh_from_db()
    return page.content.decode()


def running() -> tuple[Campaign, Officer]:
    """A campaign that one person is asked by, and its author."""
    author = make.officer(Role.AUTHOR)
    campaign = submitted_campaign(author)
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=timezone.now())
    launch.launch(campaign, by=author, now=timezone.now())
    return campaign, author


def test_two_officers_bring_a_campaign_from_draft_to_running() -> None:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    make.traveller(now=timezone.now())
    campaign = make.campaign(author=author, now=timezone.now())
    press(at_the_desk(author), "submit", campaign)
    press(at_the_desk(approver), "approve", campaign, TYPED)
    press(at_the_desk(author), "launch", campaign)
    assert campaign.state == Campaign.State.RUNNING
    assert campaign.recipients.count() == 1


def test_a_confirmation_says_when_its_number_was_counted_and_counts_anew_each_time() -> None:
    campaign, author = running()
    address = reverse("console:campaign-correct", args=[campaign.pk])
    first = at_the_desk(author).get(address).content.decode()
    campaign.recipients.update(delivery=DeliveryStatus.DELIVERED, asked_at=timezone.now())
    second = at_the_desk(author).get(address).content.decode()
    assert "Tell 0 people that it was an error" in first
    assert "Tell 1 person that it was an error" in second
    assert "Counted at" in second


@pytest.mark.parametrize("step", ["approve", "launch"])
def test_a_page_counts_the_audience_once(step: str) -> None:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    campaign = submitted_campaign(author)
    if step == "launch":
        launch.approve(campaign, by=approver, now=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        at_the_desk(approver).get(reverse(f"console:campaign-{step}", args=[campaign.pk]))
    assert sum("GROUPING SETS" in query["sql"] for query in asked) == 1


@pytest.mark.parametrize("step", ["approve", "launch"])
def test_what_was_changed_since_it_was_read_is_neither_approved_nor_sent(step: str) -> None:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    campaign = submitted_campaign(author)
    if step == "launch":
        launch.approve(campaign, by=approver, now=timezone.now())
    desk, address = at_the_desk(approver), reverse(f"console:campaign-{step}", args=[campaign.pk])
    read = looked_at(desk, address)
    colleague = make.officer(Role.APPROVER)
    launch.send_back(campaign, by=colleague, reason="Say where.", now=timezone.now())
    CampaignText.objects.filter(campaign=campaign).update(text="Leave at once.")
    launch.submit(campaign, by=author, now=timezone.now())
    if step == "launch":
        launch.approve(campaign, by=colleague, now=timezone.now())
    page = desk.post(address, {**read, **TYPED}, follow=True).content.decode()
    before = campaign.state
    campaign.refresh_from_db()
    assert campaign.state == before
    assert "a colleague has moved this campaign" in page
    assert "Leave at once." in page


def test_a_draft_that_a_colleague_changed_meanwhile_is_not_submitted_unread() -> None:
    author = make.officer(Role.AUTHOR)
    make.traveller(now=timezone.now())
    campaign = make.campaign(author=author, now=timezone.now())
    desk, address = at_the_desk(author), reverse("console:campaign-submit", args=[campaign.pk])
    read = looked_at(desk, address)
    changed = launch.Draft("Flood", Campaign.Kind.CHECK_IN, Audience(("NP",)), {"en": "Safe?"})
    launch.edit(campaign, changed, by=make.officer(Role.AUTHOR), now=timezone.now())
    desk.post(address, read)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


def test_the_page_that_approves_says_whom_the_rule_means() -> None:
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    page = at_the_desk(Role.APPROVER).get(reverse("console:campaign-approve", args=[campaign.pk]))
    assert "<li>everyone staying in Libya now</li>" in page.content.decode()


def test_whoever_wrote_it_is_told_that_somebody_else_must_approve() -> None:
    approver = make.officer(Role.APPROVER)
    campaign = submitted_campaign(approver)
    page = press(at_the_desk(approver), "approve", campaign, TYPED)
    assert campaign.state == Campaign.State.SUBMITTED
    assert "somebody else must approve it" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"country": "Tunisia", "count": "1"}, "This campaign is for Libya"),
        ({"country": "Libya", "count": "2140"}, "It is for 1 people now"),
        ({"country": "Libya", "count": "one"}, "It is for 1 people now"),
        ({}, "Type it as it stands above"),
    ],
)
def test_an_approver_who_types_another_place_or_number_approves_nothing(
    typed: dict[str, str], said: str
) -> None:
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    page = press(at_the_desk(Role.APPROVER), "approve", campaign, typed)
    assert campaign.state == Campaign.State.SUBMITTED
    assert said in page


def test_people_who_register_while_an_approver_types_the_number_do_not_undo_it() -> None:
    """In a crisis several register each second: every number would be out of date before it is typed."""
    for _ in range(99):
        make.traveller(now=timezone.now())
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    client = at_the_desk(Role.APPROVER)
    page = client.get(reverse("console:campaign-approve", args=[campaign.pk])).content.decode()
    assert "100 people" in page
    for _ in range(2):
        make.traveller(now=timezone.now())
    press(client, "approve", campaign, {"country": "Libya", "count": "97"})
    assert Campaign.objects.get(pk=campaign.pk).state == Campaign.State.SUBMITTED
    press(client, "approve", campaign, {"country": "Libya", "count": "100"})
    assert (Campaign.objects.get(pk=campaign.pk).state, Campaign.objects.get(pk=campaign.pk).counted) == (
        Campaign.State.APPROVED,
        102,
    )


def test_the_typed_count_may_carry_spaces_and_the_digits_of_any_script() -> None:
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    press(at_the_desk(Role.APPROVER), "approve", campaign, {"country": " libya ", "count": " ١ "})
    assert campaign.state == Campaign.State.APPROVED


def test_sending_back_needs_a_reason_which_the_author_reads() -> None:
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    approver = at_the_desk(Role.APPROVER)
    assert "Say what should change" in press(approver, "send-back", campaign, {"reason": " "})
    page = press(approver, "send-back", campaign, {"reason": "Name the consulate."})
    assert campaign.state == Campaign.State.DRAFT
    assert "Name the consulate." in page


def test_a_second_click_on_send_finds_it_running() -> None:
    campaign, author = running()
    page = press(at_the_desk(author), "launch", campaign)
    assert "a colleague has moved this campaign" in page
    assert campaign.recipients.count() == 1


def test_a_campaign_without_people_is_not_sent_and_stays_approved() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = make.campaign(author=author)
    launch.submit(campaign, by=author, now=timezone.now())
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=timezone.now())
    page = press(at_the_desk(author), "launch", campaign)
    assert campaign.state == Campaign.State.APPROVED
    assert "Nothing was sent" in page


def test_a_case_officer_holds_and_ends_the_sending() -> None:
    campaign, _ = running()
    case_officer = at_the_desk(Role.CASE_OFFICER)
    press(case_officer, "pause", campaign)
    assert campaign.state == Campaign.State.PAUSED
    press(case_officer, "stop", campaign)
    assert campaign.state == Campaign.State.STOPPED


def test_the_page_before_stopping_says_the_effect_in_numbers() -> None:
    campaign, author = running()
    page = at_the_desk(author).get(reverse("console:campaign-stop", args=[campaign.pk])).content.decode()
    assert "Stop sending to 1 person" in page
    assert "0 people have been asked already" in page


def test_who_is_to_be_asked_again_counts_among_those_whom_stopping_spares() -> None:
    campaign, author = running()
    Recipient.objects.filter(campaign=campaign).update(
        delivery=DeliveryStatus.DELIVERED, due_at=timezone.now() + timedelta(minutes=30)
    )
    client, address = at_the_desk(author), reverse("console:board", args=[campaign.pk])
    assert "Stop sending to 1 person" in client.get(address).content.decode()
    Recipient.objects.filter(campaign=campaign).update(answer=Recipient.Answer.SAFE)
    assert "Stop sending to 0 people" in client.get(address).content.decode()


def test_a_pause_ends_where_it_began() -> None:
    campaign, author = running()
    client = at_the_desk(author)
    press(client, "pause", campaign)
    press(client, "resume", campaign)
    assert campaign.state == Campaign.State.RUNNING


def test_a_correction_goes_to_those_who_got_it_and_once_only() -> None:
    campaign, author = running()
    campaign.recipients.update(delivery="delivered", asked_at=timezone.now())
    client = at_the_desk(author)
    press(client, "correct", campaign)
    press(client, "correct", campaign)
    correction = Campaign.objects.get(corrects=campaign)
    assert correction.recipients.count() == 1
    assert campaign.state == Campaign.State.STOPPED
