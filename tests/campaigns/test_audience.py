"""Whom a rule means, in words, in counts and in rows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.audience import Audience, contacts, preview
from campaigns.models import Campaign
from core.languages import speaking
from telephony.senders import Sender
from tests import make

TODAY = make.NOW.date()


@given(
    countries=st.lists(st.sampled_from(["LY", "EG", "NP"]), min_size=1, unique=True),
    on=st.none() | st.dates(),
    languages=st.lists(st.sampled_from(["en", "ar"]), unique=True),
)
def test_a_stored_rule_reads_back_as_it_was(
    countries: list[str], on: date | None, languages: list[str]
) -> None:
    audience = Audience(tuple(countries), on, tuple(languages))
    assert Audience.from_json(audience.as_json()) == audience


def test_what_is_not_a_stored_rule_is_refused() -> None:
    with pytest.raises(TypeError):
        Audience.from_json({"countries": "LY"})


def test_a_rule_is_put_in_words() -> None:
    with speaking("en"):
        assert Audience(("LY", "EG")).in_words() == "everyone staying in Libya, Egypt now"
        assert Audience(("LY",), date(2026, 12, 1)).in_words() == "everyone staying in Libya on Dec. 1, 2026"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "meant"), [(0, 0, True), (-1, 0, True), (0, 5, True), (1, 5, False), (-5, -1, False)]
)
def test_a_stay_counts_from_its_first_day_to_its_last(start: int, end: int, *, meant: bool) -> None:
    make.trip(dates=(TODAY + timedelta(days=start), TODAY + timedelta(days=end)))
    assert contacts(Audience(("LY",)), make.NOW).exists() is meant


@pytest.mark.django_db
def test_today_is_the_day_it_is_there() -> None:
    tomorrow = TODAY + timedelta(days=1)
    make.trip(country="NZ", city="Wellington", dates=(tomorrow, tomorrow))
    evening = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # morning of the next day in New Zealand
    assert contacts(Audience(("NZ",)), evening).exists()


@pytest.mark.django_db
def test_a_trip_that_should_be_deleted_already_is_not_used() -> None:
    trip = make.trip()
    trip.delete_at = make.NOW
    trip.save()
    assert not contacts(Audience(("LY",)), make.NOW).exists()


@pytest.mark.django_db
def test_of_two_phones_the_one_that_can_be_texted_is_chosen() -> None:
    newest = make.traveller()
    older = make.contact(person=newest.person, now=make.NOW - timedelta(days=3))
    assert list(contacts(Audience(("LY",)), make.NOW)) == [newest]
    make.opted_out(newest)
    assert list(contacts(Audience(("LY",)), make.NOW)) == [older]


@pytest.mark.django_db
def test_the_preview_counts_people_by_language_and_country() -> None:
    for language, country in (("ar", "LY"), ("ar", "EG"), ("it", "LY")):
        make.traveller(language=language, country=country)
    make.opted_out(make.traveller())
    shown = preview(make.campaign(countries=("LY", "EG")), make.NOW)
    assert shown.total == 3
    assert shown.by_language == {"ar": 2, "it": 1}
    assert shown.by_country == {"LY": 2, "EG": 1}
    assert shown.left_out == {"opted_out": 1}


@pytest.mark.django_db
def test_the_preview_says_who_gets_a_fallback_and_what_texts_cost() -> None:
    make.traveller(language="ar")
    make.traveller(language="it")
    shown = preview(make.campaign(texts={"en": "Safe?", "ar": "هل أنت بأمان؟" * 9}), make.NOW)
    texts = {text.language: text for text in shown.texts}
    assert (texts["ar"].source, texts["ar"].encoding, texts["ar"].segments) == ("ar", "UCS-2", 2)
    assert (texts["it"].source, texts["it"].encoding, texts["it"].segments) == ("en", "GSM-7", 1)
    assert texts["it"].is_fallback
    assert shown.segments == 3


@pytest.mark.django_db
def test_the_preview_tells_how_long_each_sender_needs(settings: pytest.FixtureRequest) -> None:
    settings.SENDERS = (Sender(make.SENDER, segments_per_second=0.5),)  # type: ignore[attr-defined]
    for _ in range(3):
        make.traveller()
    shown = preview(make.campaign(), make.NOW)
    assert [(row.people, row.segments, row.seconds) for row in shown.senders] == [(3, 3, 6.0)]
    assert shown.seconds == 6.0


@pytest.mark.django_db
def test_who_no_sender_reaches_is_counted(settings: pytest.FixtureRequest) -> None:
    make.traveller()
    settings.SENDERS = (Sender(make.SENDER, countries=("NP",)),)  # type: ignore[attr-defined]
    assert preview(make.campaign(), make.NOW).left_out == {"no_sender": 1}


@pytest.mark.django_db
def test_a_question_needs_a_sender_that_can_be_answered_and_an_alert_does_not(
    settings: pytest.FixtureRequest,
) -> None:
    settings.SENDERS = (Sender("ALERTS", two_way=False),)  # type: ignore[attr-defined]
    make.traveller()
    assert preview(make.campaign(), make.NOW).total == 0
    assert preview(make.campaign(kind=Campaign.Kind.ALERT), make.NOW).total == 1


@pytest.mark.django_db
def test_a_rule_may_be_narrowed_to_languages() -> None:
    make.traveller(language="ar")
    make.traveller(language="it")
    campaign = make.campaign()
    campaign.audience = dict(Audience(("LY",), languages=("ar",)).as_json())
    assert preview(campaign, make.NOW).by_language == {"ar": 1}


@pytest.mark.django_db
def test_a_drill_says_so_in_each_language() -> None:
    make.traveller(language="it")
    campaign = make.campaign(texts={"en": "x" * 150, "it": "x" * 150})
    before = preview(campaign, make.NOW).segments
    campaign.drill = True
    assert (before, preview(campaign, make.NOW).segments) == (1, 2)
