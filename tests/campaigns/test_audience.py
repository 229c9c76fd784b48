"""Whom a rule means, in words, in counts and in rows."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from campaigns import selection
from campaigns.audience import Answered, Audience, Near, Reach, Within
from campaigns.models import Campaign, NumberList, Recipient
from campaigns.preview import preview
from campaigns.rule import Rule
from channels_voice.outbound import RINGS_FOR
from core import languages
from core.areas import Area
from core.languages import speaking
from telephony.senders import Sender
from tests import make

TODAY = make.NOW.date()


def chosen(audience: Audience, now: datetime = make.NOW) -> list[int]:
    """The phones that a launch would take, by the SQL of the launch."""
    found = selection.phones(Rule(audience, now))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({found.sql}) found WHERE reason = '' ORDER BY id",  # noqa: S608 - ours
            found.params,
        )
        return [row[0] for row in cursor.fetchall()]


ANSWERED = st.builds(
    Answered, st.integers(1, 99), st.lists(st.sampled_from(["", "safe", "needs_help"]), min_size=1).map(tuple)
)
AREAS = [Area("LY", "69"), Area("LY", "77"), Area("EG", "11")]
RULES = st.builds(
    Audience,
    countries=st.lists(st.sampled_from(["LY", "EG", "NP"]), min_size=1, unique=True).map(tuple),
    on=st.none() | st.dates(),
    languages=st.lists(st.sampled_from(["en", "ar"]), unique=True).map(tuple),
    here=st.booleans(),
    arriving=st.integers(0, 240),
    left=st.integers(0, 72),
    near=st.none() | st.builds(Near, st.just("LY"), st.just("Tripoli"), st.integers(1, 900), st.booleans()),
    within=st.none()
    | st.builds(
        Within,
        st.lists(st.sampled_from(AREAS), min_size=1, unique=True).map(tuple),
        st.booleans(),
    ),
    party=st.integers(1, 9),
    reach=st.sampled_from(Reach),
    asked=st.none() | ANSWERED,
    numbers=st.none() | st.integers(1, 99),
    spared=st.none() | ANSWERED,
)


@given(RULES)
def test_a_stored_rule_reads_back_as_it_was(audience: Audience) -> None:
    assert Audience.from_json(json.loads(json.dumps(audience.as_json()))) == audience


def test_a_rule_of_the_first_version_still_reads() -> None:
    stored = {"countries": ["LY"], "on": None, "languages": ["ar"]}
    assert Audience.from_json(stored) == Audience(("LY",), languages=("ar",))


def test_a_rule_of_a_version_to_come_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        Audience.from_json({**Audience(("LY",)).as_json(), "version": 4})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Audience(()), "countries"),
        (Audience(("LY",), here=False), "here"),
        (Audience(("LY",), arriving=241), "arriving"),
        (Audience(("LY",), left=73), "left"),
        (Audience(("LY",), near=Near("EG", "Cairo", 10)), "near"),
        (Audience(("LY",), near=Near("LY", "Atlantis", 10)), "near"),
        (Audience(("LY",), near=Near("LY", "Tripoli", 1001)), "near"),
        (Audience(("LY",), within=Within(())), "within"),
        (Audience(("LY",), within=Within((Area("EG", "11"),))), "within"),
        (Audience(("LY",), within=Within((Area("LY", "Atlantis"),))), "within"),
        (Audience(("LY",), asked=Answered(1, ())), "answers"),
        (Audience(("LY",), spared=Answered(404, ("safe",))), "campaign"),
        (Audience(("LY",), numbers=404), "numbers"),
    ],
)
@pytest.mark.django_db
def test_a_rule_that_cannot_be_right_names_its_field(wrong: Audience, field: str) -> None:
    assert wrong.problem() == field


def test_a_rule_of_the_version_before_still_reads() -> None:
    stored = {**Audience(("LY",), near=Near("LY", "Tripoli", 50)).as_json(), "version": 2}
    del stored["within"]
    assert Audience.from_json(stored) == Audience(("LY",), near=Near("LY", "Tripoli", 50))


def test_a_stored_area_that_cannot_be_read_is_refused_and_not_left_out() -> None:
    stored = {**Audience(("LY",)).as_json(), "within": {"areas": ["LY.69", "Benghazi"], "unknown": True}}
    with pytest.raises(ValueError, match="country and code"):
        Audience.from_json(stored)


def test_what_is_not_a_stored_rule_is_refused() -> None:
    with pytest.raises(TypeError):
        Audience.from_json({"countries": "LY"})


def test_a_rule_is_put_in_words() -> None:
    with speaking("en"):
        assert Audience(("LY", "EG")).in_words() == "everyone staying in Libya, Egypt now"
        assert Audience(("LY",), date(2026, 12, 1)).in_words() == "everyone staying in Libya on Dec. 1, 2026"


@pytest.mark.django_db
def test_every_part_of_a_rule_is_put_in_words() -> None:
    asked = make.running_campaign(recipients=0)
    listed = NumberList.objects.create(
        title="Tour", officer=asked.author, uploaded_at=make.NOW, delete_at=make.NOW
    )
    rule = Audience(
        ("LY",),
        languages=("ar", "it"),
        arriving=72,
        left=48,
        near=Near("LY", "Tripoli", 50),
        within=Within((Area("LY", "77"), Area("LY", "70"))),
        party=5,
        reach=Reach.CALL,
        asked=Answered(asked.pk, ("safe", "")),
        numbers=listed.pk,
        spared=Answered(asked.pk, ("not_there",)),
    )
    with speaking("en"):
        assert rule.sentences() == [
            "everyone staying in Libya now",
            "everyone arriving in Libya in the next 72 h",
            "everyone who left Libya in the last 48 h",
            "everyone asked in “Check-in” who said: Safe, no answer",
            "the numbers on the list “Tour”",
            "only within 50 km of Tripoli or where the city is not known",
            "in Libya only: Tripoli (Qaşr Bin Ghashīr), Darnah (Al Qubbah), and where the city is not known",
            "only those travelling together, from 5 people upwards",
            "only people who use: Arabic, Italian",
            "only whom nothing but a call reaches",
            "not those who said in “Check-in”: Not there",
        ]
    for language in languages.languages():
        with speaking(language.tag):
            assert all("%" not in sentence for sentence in rule.sentences())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "meant"), [(0, 0, True), (-1, 0, True), (0, 5, True), (1, 5, False), (-5, -1, False)]
)
def test_a_stay_counts_from_its_first_day_to_its_last(start: int, end: int, *, meant: bool) -> None:
    make.trip(dates=(TODAY + timedelta(days=start), TODAY + timedelta(days=end)))
    assert bool(chosen(Audience(("LY",)))) is meant


@pytest.mark.django_db
def test_today_is_the_day_it_is_there() -> None:
    tomorrow = TODAY + timedelta(days=1)
    make.trip(country="NZ", city="Wellington", dates=(tomorrow, tomorrow))
    evening = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # morning of the next day in New Zealand
    assert chosen(Audience(("NZ",)), evening)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "city", "now", "day", "meant"),
    [
        # Late on the 23rd in Los Angeles: the 24th has begun in Washington, the capital.
        ("US", "Los Angeles", datetime(2026, 11, 24, 6, 0, tzinfo=UTC), 23, True),
        ("US", "Los Angeles", datetime(2026, 11, 24, 12, 0, tzinfo=UTC), 23, False),
        # Morning of the 24th in Vladivostok: still the 23rd in Moscow.
        ("RU", "Vladivostok", datetime(2026, 11, 23, 20, 0, tzinfo=UTC), 24, True),
        ("RU", "Vladivostok", datetime(2026, 11, 23, 11, 0, tzinfo=UTC), 24, False),
    ],
)
def test_in_a_wide_country_a_day_counts_as_long_as_it_is_that_day_somewhere(
    country: str, city: str, now: datetime, day: int, *, meant: bool
) -> None:
    only = date(2026, 11, day)
    make.trip(country=country, city=city, dates=(only, only))
    assert bool(chosen(Audience((country,)), now)) is meant


@pytest.mark.django_db
def test_who_comes_or_goes_today_is_among_those_within_a_few_hours() -> None:
    coming = make.trip(dates=(TODAY, TODAY + timedelta(days=9))).person.contacts.get().pk
    going = make.trip(dates=(TODAY - timedelta(days=9), TODAY)).person.contacts.get().pk
    assert chosen(Audience(("LY",), here=False, arriving=2)) == [coming]
    assert chosen(Audience(("LY",), here=False, left=2)) == [going]


@pytest.mark.django_db
def test_a_trip_that_should_be_deleted_already_is_not_used() -> None:
    trip = make.trip()
    trip.delete_at = make.NOW
    trip.save()
    assert chosen(Audience(("LY",))) == []


@pytest.mark.django_db
def test_of_two_phones_the_one_that_can_be_texted_is_chosen() -> None:
    newest = make.traveller()
    older = make.contact(person=newest.person, now=make.NOW - timedelta(days=3))
    assert chosen(Audience(("LY",))) == [newest.pk]
    make.opted_out(newest)
    assert chosen(Audience(("LY",))) == [older.pk]


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
def test_the_preview_heeds_how_many_lines_a_sender_has_for_calls(settings: pytest.FixtureRequest) -> None:
    settings.SENDERS = (Sender(make.SENDER, calls_per_second=10.0, calls_at_once=1),)  # type: ignore[attr-defined]
    for _ in range(3):
        point = make.traveller()
        point.sms_refused = 21614
        point.save()
    (row,) = preview(make.campaign(), make.NOW).senders
    assert (row.channel, row.people, row.seconds) == ("voice", 3, 3.0 * RINGS_FOR)


@pytest.mark.django_db
def test_nobody_is_spared_as_safe_while_another_phone_of_theirs_asks_for_help() -> None:
    before, person = make.running_campaign(recipients=0), make.traveller().person
    assert person is not None
    safe, helps = person.contacts.get(), make.contact(person=person)
    batch = before.batches.get()
    for point, answer in ((safe, "safe"), (helps, "needs_help")):
        Recipient.objects.create(
            campaign=before, batch=batch, contact=point, language="en", asked_at=make.NOW, answer=answer
        )
    spared = Audience(("LY",), spared=Answered(before.pk, ("safe",)))
    assert len(chosen(spared)) == 1
    Recipient.objects.filter(contact=helps).update(answer="")
    assert chosen(spared) == []


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
