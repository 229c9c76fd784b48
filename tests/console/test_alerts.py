"""Official alerts at the console: brought, understood, decided, and a campaign downloaded as one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from campaigns import launch
from campaigns.models import Campaign, OfficialAlert
from core.officers import Role
from tests import make
from tests.campaigns.cap.sample import LIBYA, NOWHERE, alert, info, refers
from tests.console.desk import at_the_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def brought(client: Client, raw: bytes) -> str:
    """What the page says after a file was brought."""
    file = SimpleUploadedFile("alert.cap", raw)
    return client.post(reverse("console:campaign-alerts"), {"file": file}, follow=True).content.decode()


def test_a_clear_alert_is_a_draft_and_the_page_says_what_was_understood() -> None:
    client = at_the_desk(Role.AUTHOR)
    page = brought(client, alert([info("en"), info("is")]))
    assert "Sample coast: within 52 km of Darnah" in page
    assert "Languages that we do not speak: is" in page
    assert "By its own words lives are in danger now" in page
    assert "not signed" in page
    draft = Campaign.objects.get()
    assert reverse("console:campaign", args=[draft.pk]) in page
    shown = client.get(reverse("console:campaign", args=[draft.pk])).content.decode()
    assert "from an official alert" in shown
    assert draft.title in client.get(reverse("console:campaign-alerts")).content.decode()


def test_what_is_open_is_asked_before_there_is_a_draft() -> None:
    client = at_the_desk(Role.AUTHOR)
    page = brought(client, alert([info(area=NOWHERE)], scope="Private"))
    assert "Sample valley: not on our map" in page
    assert not Campaign.objects.exists()
    address = reverse("console:campaign-alert", args=[OfficialAlert.objects.get().pk])
    assert client.post(address, {"countries": ["LY"]}).status_code == 422
    assert client.post(address, {"countries": ["LY"], "permitted": "on"}).status_code == 302
    assert Campaign.objects.get().audience["countries"] == ["LY"]


def test_a_file_that_cannot_be_used_is_answered_with_its_lines() -> None:
    page = brought(at_the_desk(Role.AUTHOR), alert(scope=""))
    assert "Line 2: scope is missing" in page
    assert not OfficialAlert.objects.exists()


def test_a_campaign_is_downloaded_as_an_alert() -> None:
    answer = at_the_desk(Role.AUTHOR).get(reverse("console:campaign-cap", args=[make.campaign().pk]))
    assert answer.headers["Content-Type"] == "application/cap+xml"
    assert b"<scope>Restricted</scope>" in answer.content


def test_an_expired_alert_is_rejected_with_that_reason_and_offers_no_draft() -> None:
    client = at_the_desk(Role.AUTHOR)
    page = brought(client, alert([info(expires="2026-11-21T10:00:00+02:00")]))
    assert "It has expired." in page
    assert "Make the draft" not in page
    address = reverse("console:campaign-alert", args=[OfficialAlert.objects.get().pk])
    answer = client.post(address)
    assert answer.status_code == 422
    assert "It has expired." in answer.content.decode().split('class="mistakes"')[1]
    assert not Campaign.objects.exists()


def test_the_draft_of_an_alert_says_until_when_it_is_sent() -> None:
    client = at_the_desk(Role.AUTHOR)
    assert "Valid until" in brought(client, alert([info()]))
    shown = client.get(reverse("console:campaign", args=[Campaign.objects.get().pk])).content.decode()
    assert "Nothing is sent after" in shown


def test_who_approves_or_sends_a_draft_is_told_that_its_alert_was_withdrawn() -> None:
    make.traveller()
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    desk = at_the_desk(author)
    brought(desk, alert([info(area=LIBYA)]))
    campaign = Campaign.objects.get()
    launch.submit(campaign, by=author, now=make.NOW)
    approving = reverse("console:campaign-approve", args=[campaign.pk])
    said = "The authority has updated or withdrawn this official alert since."
    assert said not in at_the_desk(approver).get(approving).content.decode()
    cancelled = brought(desk, alert([info(area="")], number=2, msgType="Cancel", more=refers(1)))
    assert "It withdraws the alert behind the campaign below, which has not been sent" in cancelled
    assert "there is nothing to do" not in cancelled
    assert said in at_the_desk(approver).get(approving).content.decode()
    launch.approve(campaign, by=approver, now=make.NOW)
    assert said in desk.get(reverse("console:campaign-launch", args=[campaign.pk])).content.decode()
    assert (
        said
        in desk.get(reverse("console:campaign-alert", args=[campaign.official_alert.pk])).content.decode()
    )
