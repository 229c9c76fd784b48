"""Saying whom a campaign is for, bringing a list of numbers, and seeing what that means."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from campaigns import launch
from campaigns.audience import Answered, Audience, Near, Reach, Within
from campaigns.models import Campaign, NumberList
from core.areas import Area
from core.models import ContactPoint
from core.officers import Role
from telephony.numbers import synthetic
from tests import make
from tests.console.desk import at_the_desk, looked_at, submitted_campaign

pytestmark = pytest.mark.django_db

WRITTEN = {"title": "Earthquake", "kind": "check-in", "countries": ["LY"], "text_en": make.TEXT}


def a_list(*lines: str) -> NumberList:
    content = "\n".join(["number,consent", *(lines or (f"{synthetic(700).e164},yes",))])
    page = at_the_desk(Role.AUTHOR).post(
        reverse("console:numbers"), {"title": "Tour", "file": SimpleUploadedFile("n.csv", content.encode())}
    )
    assert page.status_code == 302
    return NumberList.objects.get()


def test_every_part_that_is_ticked_becomes_part_of_the_rule_and_is_offered_again() -> None:
    before, listed = make.running_campaign(recipients=0), a_list()
    ticked = {
        "here": "on",
        "arriving": "72",
        "left": "48",
        "asked": str(before.pk),
        "asked_answers": ["safe", "silent"],
        "numbers": str(listed.pk),
        "near_city": "طرابلس",
        "near_km": "80",
        "areas": ["LY.69", "LY.77"],
        "party": "2",
        "languages": ["ar"],
        "reach": "sms",
        "spared": str(before.pk),
        "spared_answers": ["not_there"],
        "present": "900",
        "present_source": "consulate",
    }
    client = at_the_desk(Role.AUTHOR)
    client.post(reverse("console:campaign-new"), WRITTEN | ticked)
    campaign = Campaign.objects.latest("pk")
    rule = Audience(
        ("LY",),
        languages=("ar",),
        arriving=72,
        left=48,
        near=Near("LY", "Tripoli", 80, unknown=False),
        within=Within((Area("LY", "69"), Area("LY", "77")), unknown=False),
        party=2,
        reach=Reach.TEXT,
        asked=Answered(before.pk, ("safe", "")),
        numbers=listed.pk,
        spared=Answered(before.pk, ("not_there",)),
    )
    assert Audience.from_json(campaign.audience) == rule
    assert (campaign.present, campaign.present_source) == (900, "consulate")
    form = client.get(reverse("console:campaign-edit", args=[campaign.pk])).context["form"]
    assert client.post(reverse("console:campaign-edit", args=[campaign.pk]), resent(form)).status_code == 302
    campaign.refresh_from_db()
    assert Audience.from_json(campaign.audience) == rule


@pytest.mark.parametrize("rule", ["asked", "spared"])
def test_a_draft_about_a_campaign_of_long_ago_keeps_it_when_something_else_is_changed(rule: str) -> None:
    """What the form does not offer a browser cannot send back, and the rule would be gone without a word."""
    before, author = make.running_campaign(recipients=0), make.officer(Role.AUTHOR)
    ticked = {"here": "on", rule: str(before.pk), f"{rule}_answers": ["safe"]}
    client = at_the_desk(author)
    client.post(reverse("console:campaign-new"), WRITTEN | ticked)
    draft = Campaign.objects.latest("pk")
    Campaign.objects.bulk_create(
        Campaign(title="Later", kind="alert", audience={}, author=author, created_at=at, launched_at=at)
        for at in [timezone.now()] * 51
    )
    page = client.get(reverse("console:campaign-edit", args=[draft.pk])).content.decode()
    assert f'<option value="{before.pk}" selected' in page


def resent(form: object) -> dict[str, object]:
    """What a browser sends back of a form nobody touched."""
    given = {field.html_name: field.value() for field in form}  # type: ignore[attr-defined] # a form
    return {
        name: "on" if value is True else value for name, value in given.items() if value not in (None, False)
    }


def test_what_a_colleague_changed_meanwhile_is_replaced_only_by_somebody_who_was_told() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = make.campaign(author=author)
    client, address = at_the_desk(author), reverse("console:campaign-edit", args=[campaign.pk])
    mine = resent(client.get(address).context["form"]) | {"title": "Mine"}
    theirs = launch.Draft("Theirs", Campaign.Kind.CHECK_IN, Audience(("NP",)), {"en": "Safe?"})
    launch.edit(campaign, theirs, by=make.officer(Role.AUTHOR), now=timezone.now())
    told = client.post(address, mine)
    campaign.refresh_from_db()
    assert (told.status_code, campaign.title) == (422, "Theirs")
    assert "a colleague has changed this draft" in told.content.decode()
    assert client.post(address, resent(told.context["form"])).status_code == 302
    campaign.refresh_from_db()
    assert campaign.title == "Mine"


def test_a_city_stays_the_one_that_the_draft_means_where_another_is_called_the_same() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = make.campaign(author=author, countries=("CA", "GB"))
    rule = Audience(("CA", "GB"), near=Near("CA", "London", 40))
    campaign.audience = dict(rule.as_json())
    campaign.save()
    client, address = at_the_desk(author), reverse("console:campaign-edit", args=[campaign.pk])
    assert "London (Canada)" in client.get(address.replace("edit/", "")).content.decode()
    form = client.get(address).context["form"]
    filled = client.post(address, resent(form) | {"template": "flood", "fill": "1"}).context["form"]
    for given in (form, filled):
        assert client.post(address, resent(given)).status_code == 302
        campaign.refresh_from_db()
        assert Audience.from_json(campaign.audience) == rule


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        ({}, "Tick at least one"),
        ({"here": "on", "near_city": "Atlantis"}, "We do not know this city"),
        ({"here": "on", "near_city": "Cairo"}, "We do not know this city"),
        ({"here": "on", "areas": "EG.11"}, "Choose areas of the countries you ticked above."),
        ({"here": "on", "present": "900"}, "Say where the figure is from"),
        ({"arriving": "999"}, "240"),
        ({"asked": "404", "asked_answers": ["safe"]}, "404"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(ticked: dict[str, str], said: str) -> None:
    page = at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), WRITTEN | ticked)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Campaign.objects.exists()


def test_areas_are_offered_of_the_countries_ticked_so_far_and_what_was_typed_stays() -> None:
    client, address = at_the_desk(Role.AUTHOR), reverse("console:campaign-new")
    assert "Banghazi" not in client.get(address).content.decode()
    page = client.post(address, {**WRITTEN, "countries": ["LY", "MT"], "here": "on", "show_areas": "1"})
    assert page.status_code == 200
    shown = page.content.decode()
    assert "Libya: Banghazi (Benghazi, Qaryat Sulūq)" in shown
    odd = client.post(address, {**WRITTEN, "asked": "x" * 3, "spared": "9" * 30, "show_areas": "1"})
    assert odd.status_code == 200
    assert make.TEXT in shown
    assert page.context["form"]["here"].value()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("unknown", "said"),
    [
        (True, "1 of them named no city, and may be elsewhere in the country."),
        (False, "named no city, and only whoever is at the place is asked"),
    ],
)
def test_the_preview_says_what_becomes_of_those_who_named_no_city(
    now: None, said: str, *, unknown: bool
) -> None:
    for city in ("Benghazi", "Tripoli", ""):
        make.trip(city=city)
    campaign = make.campaign()
    within = Within((Area("LY", "69"),), unknown=unknown)
    campaign.audience = dict(Audience(("LY",), within=within).as_json())
    campaign.save()
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[campaign.pk])).content.decode()
    assert ("may be elsewhere" in page, said in page) == (unknown, True)


def test_the_preview_says_where_they_are_how_they_are_reached_and_how_many_are_not(now: None) -> None:
    make.traveller()
    called = make.traveller()
    ContactPoint.objects.filter(pk=called.pk).update(sms_refused=30006)
    campaign = make.campaign()
    campaign.present, campaign.present_source = 40, "consulate"
    campaign.save()
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[campaign.pk])).content.decode()
    assert "2 of about 40 of our people there" in page
    assert "Tripoli, Libya" in page
    assert "<dt>Calls</dt>" in page


def test_a_file_with_a_bad_line_is_answered_with_the_line_and_its_reason() -> None:
    file = SimpleUploadedFile("n.csv", f"number,consent\n12,yes\n{synthetic(700).e164},maybe".encode())
    page = at_the_desk(Role.AUTHOR).post(reverse("console:numbers"), {"title": "Tour", "file": file})
    shown = page.content.decode()
    assert page.status_code == 422
    assert "Line 2: not a phone number with + and country code" in shown
    assert "Line 3: consent is neither yes, no nor empty" in shown
    assert not NumberList.objects.exists()


def test_a_list_is_shown_with_what_was_not_kept_and_never_with_a_number() -> None:
    a_list(f"{synthetic(700).e164},yes", f"{synthetic(701).e164},no")
    page = at_the_desk(Role.APPROVER).get(reverse("console:numbers")).content.decode()
    assert "Tour" in page
    assert synthetic(700).e164 not in page


def test_an_analyst_opens_no_list() -> None:
    assert at_the_desk(Role.ANALYST).get(reverse("console:numbers")).status_code == 403


def test_before_sending_to_three_times_as_many_the_number_is_typed() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = submitted_campaign(author)
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=timezone.now())
    for _ in range(3):
        make.traveller(now=timezone.now())
    client, address = at_the_desk(author), reverse("console:campaign-launch", args=[campaign.pk])
    assert "Type the number of people" in client.get(address).content.decode()
    assert client.post(address, {"count": "1"}).status_code == 422
    client.post(address, {"count": "4", **looked_at(client, address)})
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING
