"""What an alert would be as a campaign of ours."""

from datetime import date

import pytest

from campaigns.cap.proposal import Proposal, propose, remarks
from campaigns.cap.reading import read
from campaigns.models import Campaign
from tests import make
from tests.campaigns.cap.sample import CIRCLE, NOWHERE, alert, info, shared


def proposed(*infos: str, status: str = "Actual", scope: str = "Public") -> Proposal:
    return propose(read(alert(infos, status=status, scope=scope)), make.NOW)


def test_each_language_becomes_a_text_that_says_who_speaks_the_fact_and_what_to_do() -> None:
    found = proposed(info("en-GB"), info("ar", headline="SAMPLE فيضان"), info("tl"))
    assert found.texts["en"] == "Sample Office: SAMPLE flood. Go to high ground."
    assert found.texts["ar"].startswith("Sample Office: SAMPLE فيضان.")
    assert set(found.texts) == {"en", "ar", "fil"}  # tl is the older code of Filipino


def test_a_language_that_we_do_not_speak_is_named() -> None:
    found = proposed(info("en"), info("is-IS"))
    assert (set(found.texts), found.unspoken) == ({"en"}, ("is-IS",))
    assert "language" in list(remarks(found))


def test_an_alert_without_a_language_is_american_english() -> None:
    assert set(proposed(info("en").replace("<language>en</language>", "")).texts) == {"en"}


def test_several_parts_of_one_language_stand_in_one_text_and_none_is_lost() -> None:
    found = proposed(
        info(headline="SAMPLE flood"), info(headline="SAMPLE storm"), info(headline="SAMPLE flood")
    )
    assert found.texts["en"].count("SAMPLE") == 2


def test_what_is_too_long_is_cut_at_a_word_and_said() -> None:
    found = proposed(info(headline="SAMPLE " + "word " * 400))
    assert len(found.texts["en"]) <= 1600
    assert found.texts["en"].endswith("word…")
    assert found.shortened == ("en",)


def test_mark_up_in_the_words_is_taken_out() -> None:
    assert "<" not in proposed(info(headline="SAMPLE&lt;br /&gt;flood")).texts["en"]


@pytest.mark.parametrize(
    ("scales", "urgency", "grave"),
    [
        ({}, Campaign.Urgency.NORMAL, True),
        ({"certainty": "Possible"}, Campaign.Urgency.NORMAL, False),
        ({"urgency": "Unknown", "severity": "Unknown"}, Campaign.Urgency.NORMAL, False),
        ({"urgency": "Future", "severity": "Minor"}, Campaign.Urgency.ROUTINE, False),
        ({"urgency": "Expected", "severity": "Minor"}, Campaign.Urgency.NORMAL, False),
    ],
)
def test_lives_are_an_officers_word_and_an_alert_only_proposes(
    scales: dict[str, str], urgency: Campaign.Urgency, *, grave: bool
) -> None:
    found = proposed(info(**scales))
    assert (found.urgency, found.grave) == (urgency, grave)


def test_whoever_arrives_while_it_lasts_is_meant_too() -> None:
    assert proposed(info()).arriving == 44
    assert proposed(info(expires="")).arriving == 0
    assert proposed(info(expires="2026-12-24T10:00:00+02:00")).arriving == 72


def test_what_begins_on_a_later_day_is_for_whoever_is_there_then() -> None:
    assert proposed(info(onset="2026-11-23T23:30:00+00:00", expires="")).on == date(2026, 11, 24)  # in Libya
    assert proposed(info()).on is None


@pytest.mark.parametrize(
    ("infos", "parts", "code"),
    [
        ([info(area=NOWHERE)], {}, "area"),
        ([info(area="")], {}, "area"),
        ([info()], {"scope": "Private"}, "scope"),
        ([info(expires="2026-11-22T11:00:00+02:00")], {}, "over"),
        ([info()], {"status": "Exercise"}, "drill"),
        ([info()], {"status": "Test"}, "drill"),
        ([info()], {}, "grave"),
    ],
)
def test_what_an_officer_must_look_at_is_named(infos: list[str], parts: dict[str, str], code: str) -> None:
    assert code in list(remarks(proposed(*infos, **parts)))


def test_the_title_says_what_and_where() -> None:
    assert proposed(info("ar"), info("en", area=CIRCLE)).title == "Sample flood · Sample coast"


def test_a_published_alert_in_two_languages_is_understood() -> None:
    found = propose(read(shared("Philippines-Flood-MultiLanguage.xml").read_bytes()), make.NOW)
    assert set(found.texts) == {"en", "fil"}
    assert found.where.near is not None
    assert found.where.near.city == "Tacloban"
    assert (found.drill, found.public, found.over) == (True, False, True)
