"""Alerts that ask to be read, follow-ups, drills and edits, as officers see them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import launch
from campaigns.models import Campaign, CampaignText, Case, Recipient
from console.forms.campaigns import READ, initial_of
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk, looked_at, submitted_campaign

pytestmark = pytest.mark.django_db


def page(role: Role, name: str, *args: object, query: str = "") -> str:
    return at_the_desk(role).get(reverse(f"console:{name}", args=args) + query).content.decode()


def test_the_board_of_an_alert_counts_who_has_read_it_and_nobody_as_safe() -> None:
    row = make.asked(make.traveller(now=timezone.now()), now=timezone.now())
    Campaign.objects.filter(pk=row.campaign_id).update(kind=Campaign.Kind.ALERT, acknowledge=True)
    Recipient.objects.filter(pk=row.pk).update(answer="acknowledged", answered_at=timezone.now())
    shown = page(Role.AUTHOR, "board", row.campaign_id)
    assert 'data-figure="acknowledged">1<' in shown
    assert 'data-figure="safe"' not in shown


def test_an_alert_that_asks_to_be_read_is_written_and_opened_again_as_one() -> None:
    make.traveller(now=timezone.now())
    author = make.officer(Role.AUTHOR)
    form = {
        "title": "Water",
        "kind": READ,
        "urgency": "1",
        "countries": ["LY"],
        "here": "on",
        "text_en": "Boil.",
    }
    at_the_desk(author).post(reverse("console:campaign-new"), form)
    campaign = Campaign.objects.get()
    assert (campaign.kind, campaign.acknowledge) == (Campaign.Kind.ALERT, True)
    assert initial_of(campaign)["kind"] == READ
    assert "Reply 4 when you have read this." in page(Role.APPROVER, "campaign", campaign.pk)


def test_a_campaign_that_was_sent_leads_to_its_all_clear_and_back() -> None:
    first = make.running_campaign(recipients=1, now=timezone.now())
    first.recipients.update(asked_at=timezone.now())
    author = make.officer(Role.AUTHOR)
    desk = at_the_desk(author)
    link = reverse("console:campaign-follow", args=[first.pk])
    assert link in desk.get(reverse("console:board", args=[first.pk])).content.decode()
    answer = desk.post(link, {"what": "all-clear", "whom": "same", "spare_safe": "on"})
    made = Campaign.objects.get(follows=first)
    assert answer.headers["Location"] == reverse("console:campaign-edit", args=[made.pk])
    CampaignText.objects.create(campaign=made, language="en", text="It is over.")
    launch.submit(made, by=author, now=timezone.now())
    launch.approve(made, by=make.officer(Role.APPROVER), now=timezone.now())
    assert (
        "This ends “Check-in”"
        in desk.get(reverse("console:campaign-launch", args=[made.pk])).content.decode()
    )
    address = reverse("console:campaign-launch", args=[made.pk])
    desk.post(address, looked_at(desk, address))
    first.refresh_from_db()
    assert first.state == Campaign.State.STOPPED
    shown = page(Role.AUTHOR, "board", first.pk)
    assert "Ended by an all-clear" in shown
    assert reverse("console:campaign", args=[made.pk]) in shown


def test_a_second_check_in_within_six_hours_is_ticked_before_it_is_sent() -> None:
    make.running_campaign(recipients=1, now=timezone.now() - timedelta(hours=1))
    author = make.officer(Role.AUTHOR)
    campaign = submitted_campaign(author)
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=timezone.now())
    desk, url = at_the_desk(author), reverse("console:campaign-launch", args=[campaign.pk])
    refused = desk.post(url)
    assert refused.status_code == 422
    assert "within six hours" in refused.content.decode()
    desk.post(url, {"again": "on", **looked_at(desk, url)})
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING


def test_the_approver_sees_what_changed_since_it_was_sent_back() -> None:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    campaign = submitted_campaign(author)
    launch.send_back(campaign, by=approver, reason="Say where.", now=timezone.now())
    form = {key: value for key, value in initial_of(campaign).items() if value} | {
        "text_en": "Safe in Derna?"
    }
    at_the_desk(author).post(reverse("console:campaign-edit", args=[campaign.pk]), form)
    launch.submit(campaign, by=author, now=timezone.now())
    for name in ("campaign", "campaign-approve"):
        shown = at_the_desk(approver).get(reverse(f"console:{name}", args=[campaign.pk])).content.decode()
        assert "Changed since it was sent back" in shown
        assert "Safe in Derna?</ins>" in shown


def test_cases_of_a_drill_stand_on_a_list_of_their_own_and_nowhere_else() -> None:
    case = make.case(now=timezone.now())
    drill = make.campaign(now=timezone.now())
    drill.drill = True
    drill.save()
    Case.objects.filter(pk=case.pk).update(campaign=drill)
    link = reverse("console:case", args=[case.pk])
    assert link not in page(Role.CASE_OFFICER, "cases")
    assert link not in page(Role.CASE_OFFICER, "now")
    assert link in page(Role.CASE_OFFICER, "cases", query="?show=drills")
