"""A campaign as an alert: valid, honest about what we do not know, one name for ever."""

from datetime import timedelta

import pytest
from lxml import etree

from campaigns.audience import Audience, Near, Within
from campaigns.cap import intake
from campaigns.cap.alert import Alert, Certainty, Circle, MsgType, Scope, Severity, Status, Urgency
from campaigns.cap.areas import locate
from campaigns.cap.export import as_cap
from campaigns.cap.intake import Decision
from campaigns.cap.reading import read
from campaigns.models import Campaign
from core.areas import Area
from core.officers import Role
from tests import make
from tests.campaigns.cap.sample import alert, info, refers, shared

pytestmark = pytest.mark.django_db

LATER = make.NOW + timedelta(days=1)


def exported(campaign: Campaign) -> Alert:
    return read(as_cap(campaign, LATER).replace(b"<status>Draft", b"<status>Actual"))


def correction_of(campaign: Campaign) -> Campaign:
    made = make.running_campaign(recipients=0)
    Campaign.objects.filter(pk=made.pk).update(corrects=campaign)
    made.refresh_from_db()
    return made


def test_every_language_is_an_info_with_the_words_as_they_are_sent() -> None:
    campaign = make.campaign(texts={"en": "Stay inside.", "ar": "ابق في الداخل."})
    found = exported(campaign)
    assert {one.language: one.description for one in found.infos} == {
        "en": "Stay inside.",
        "ar": "ابق في الداخل.",
    }
    assert {one.areas[0].description for one in found.infos} == {"Libya", "ليبيا"}


def test_what_we_do_not_know_is_unknown_and_the_scope_is_restricted() -> None:
    found = exported(make.running_campaign(recipients=0))
    one = found.infos[0]
    assert (one.urgency, one.severity, one.certainty) == (
        Urgency.UNKNOWN,
        Severity.UNKNOWN,
        Certainty.UNKNOWN,
    )
    assert (found.scope, bool(found.restriction), found.status) == (Scope.RESTRICTED, True, Status.ACTUAL)


def test_a_campaign_for_life_and_death_is_immediate() -> None:
    campaign = make.running_campaign(recipients=0, urgency=Campaign.Urgency.LIFE_SAVING)
    assert exported(campaign).infos[0].urgency is Urgency.IMMEDIATE


def test_a_drill_is_an_exercise_and_says_so_in_its_words() -> None:
    campaign = make.running_campaign(recipients=0)
    campaign.drill = True
    campaign.save()
    found = exported(campaign)
    assert found.status is Status.EXERCISE
    assert found.infos[0].description.startswith("DRILL")


def test_before_the_launch_it_is_a_draft() -> None:
    assert b"<status>Draft</status>" in as_cap(make.campaign(), make.NOW)


def test_a_launched_campaign_has_one_name_whenever_it_is_exported() -> None:
    campaign = make.running_campaign(recipients=0)
    assert as_cap(campaign, make.NOW) == as_cap(campaign, LATER)


def test_a_correction_cancels_what_it_corrects() -> None:
    first = make.running_campaign(recipients=0)
    found = exported(correction_of(first))
    assert found.msg_type is MsgType.CANCEL
    assert found.references == (exported(first).name,)


def test_a_circle_stays_a_circle() -> None:
    campaign = make.campaign()
    campaign.audience = dict(Audience(("LY",), near=Near("LY", "Tripoli", 80)).as_json())
    campaign.save()
    (area,) = exported(campaign).areas
    assert [circle.km for circle in area.circles] == [80]
    assert isinstance(area.circles[0], Circle)


def test_an_area_stays_that_area_and_not_the_whole_country() -> None:
    campaign = make.campaign()
    rule = Audience(("LY", "TN"), within=Within((Area("LY", "69"), Area("LY", "70"))))
    campaign.audience = dict(rule.as_json())
    campaign.save()
    found = exported(campaign).areas
    assert [(code.scheme, code.value) for area in found for code in area.geocodes] == [
        ("GeoNames admin1", "LY.69"),
        ("GeoNames admin1", "LY.70"),
        ("ISO 3166-1", "TN"),
    ]
    assert found[0].description == "Banghazi (Benghazi, Qaryat Sulūq)"
    assert locate(found).countries == ("LY", "TN")


def test_what_an_alert_said_of_the_danger_comes_out_again_and_an_update_refers() -> None:
    author = make.officer(Role.AUTHOR)

    def launched(raw: bytes) -> Campaign:
        row = intake.keep(raw, by=author, source="", now=make.NOW)
        made = intake.draft(row, Decision(), by=author, now=make.NOW)
        Campaign.objects.filter(pk=made.pk).update(launched_at=make.NOW)
        made.refresh_from_db()
        return made

    first = launched(alert(number=1))
    second = launched(alert([info(certainty="Likely")], number=2, msgType="Update", more=refers(1)))
    found = exported(second)
    assert (found.infos[0].severity, found.infos[0].certainty) == (Severity.EXTREME, Certainty.LIKELY)
    assert (found.msg_type, found.references) == (MsgType.UPDATE, (exported(first).name,))


def test_letters_that_xml_cannot_hold_are_left_out() -> None:
    campaign = make.campaign(texts={"en": "Stay\x01 <inside> & wait"})
    assert exported(campaign).infos[0].description == "Stay <inside> & wait"


def test_it_is_valid_by_the_standards_own_schema() -> None:
    schema = etree.XMLSchema(etree.fromstring(shared("CAP-v1.2.xsd").read_bytes()))
    plain = make.campaign(texts={"en": "Stay inside.", "ti": "ኣብ ውሽጢ"})
    circled = make.running_campaign(recipients=0)
    circled.audience = dict(Audience(("LY", "TN"), near=Near("LY", "Tripoli", 80)).as_json())
    circled.save()
    for campaign in (plain, circled, correction_of(circled)):
        schema.assertValid(etree.fromstring(as_cap(campaign, make.NOW)))
