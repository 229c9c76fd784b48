"""The rule in SQL means what it means read person by person in Python, for any world and any rule."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import selection
from campaigns.audience import Answered, Audience, Near, Reach, Within
from campaigns.models import Campaign, ListedNumber, NumberList, Recipient
from campaigns.rule import BESIDES, LeftOut, Part, Rule, left_out, reached
from core import gateway, places
from core.areas import Area
from core.models import Consent, ContactPoint, OptOut, Person, Trip
from telephony.messages import Channel
from telephony.senders import Sender
from tests import make

pytestmark = pytest.mark.django_db

COUNTRIES = ("LY", "EG", "NZ")
CITIES = {
    "LY": ("", "Tripoli", "Zawiya", "Benghazi", "Nowhere-on-Sea"),
    "EG": ("", "Cairo"),
    "NZ": ("", "Auckland"),
}
IN_AREA = {"Tripoli": Area("LY", "77"), "Zawiya": Area("LY", "68"), "Benghazi": Area("LY", "69")}
AREAS = [(IN_AREA["Benghazi"],), (IN_AREA["Tripoli"], IN_AREA["Zawiya"], Area("EG", "11"))]
"""EG.11 is Cairo."""

SENDERS = (
    Sender("A", segments_per_second=3, calls_per_second=2),
    Sender("B", segments_per_second=1, voice=False, countries=("GB", "IT")),
    Sender("ALERTS", sms=True, voice=False, two_way=False),
    Sender("C", sms=False, calls_per_second=1, countries=("GB",)),
)


@dataclass(frozen=True)
class Phone:
    """A phone of the world to be made; ages in days."""

    language: str
    region: str
    stopped: bool
    refuses: tuple[bool, bool]
    age: int
    answer: str | None
    listed: bool


@dataclass(frozen=True)
class Stay:
    """A trip of it; days from today."""

    country: str
    city: int
    start: int
    length: int
    party: int


Someone = tuple[list[Phone], list[Stay], Channel]

PHONE = st.builds(
    Phone,
    st.sampled_from(["en", "ar"]),
    st.sampled_from(["GB", "IT", ""]),
    st.integers(0, 5).map(lambda n: n == 0),
    st.tuples(st.booleans(), st.booleans()),
    st.integers(0, 3),
    st.none() | st.sampled_from(["", "safe", "needs_help"]),
    st.integers(0, 3).map(lambda n: n == 0),
)
STAY = st.builds(
    Stay,
    st.sampled_from(COUNTRIES),
    st.integers(0, 4),
    st.integers(-4, 4),
    st.integers(0, 4),
    st.integers(1, 4),
)
PERSON = st.tuples(
    st.lists(PHONE, min_size=1, max_size=3), st.lists(STAY, max_size=3), st.sampled_from(Channel)
)
ANSWERS = st.none() | st.lists(st.sampled_from(["", "safe", "needs_help"]), min_size=1, unique=True).map(
    tuple
)
RULE = st.fixed_dictionaries(
    {
        "countries": st.lists(st.sampled_from(COUNTRIES), min_size=1, unique=True).map(tuple),
        "on": st.none() | st.integers(-3, 3).map(lambda days: make.NOW.date() + timedelta(days=days)),
        "languages": st.sampled_from([(), ("en",), ("ar", "en")]),
        "here": st.booleans(),
        "arriving": st.sampled_from([0, 24, 72]),
        "left": st.sampled_from([0, 24, 48]),
        "near": st.none() | st.builds(Near, st.just("LY"), st.just("Tripoli"), st.just(80), st.booleans()),
        "within": st.none() | st.builds(Within, st.sampled_from(AREAS), st.booleans()),
        "party": st.sampled_from([1, 1, 3]),
        "reach": st.sampled_from(Reach),
        "asked": ANSWERS,
        "spared": ANSWERS,
        "numbers": st.booleans(),
    }
)


class Undone(Exception):
    """Ends an example: what it wrote is not kept."""


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.lists(PERSON, max_size=5),
    said=RULE,
    two_way=st.booleans(),
    calls=st.booleans(),
    people=st.integers(1, 3),
)
def test_in_sql_and_in_python_a_rule_means_the_same_people(
    settings: pytest.FixtureRequest,
    world: list[Someone],
    said: dict[str, object],
    *,
    two_way: bool,
    calls: bool,
    people: int,
) -> None:
    settings.SENDERS = SENDERS  # type: ignore[attr-defined]
    with pytest.raises(Undone), transaction.atomic():
        compare(Rule(in_a_world(world, said), make.NOW, two_way=two_way, calls=calls), people)


def in_a_world(world: list[Someone], said: dict[str, object]) -> Audience:
    campaign, listed = make.running_campaign(recipients=0), a_list()
    for phones, stays, by in world:
        settle(phones, stays, by, (campaign, listed))
    return Audience(
        **{  # type: ignore[arg-type] # a RULE
            **said,
            "asked": Answered(campaign.pk, said["asked"]) if said["asked"] else None,  # type: ignore[arg-type]
            "spared": Answered(campaign.pk, said["spared"]) if said["spared"] else None,  # type: ignore[arg-type]
            "numbers": listed.pk if said["numbers"] else None,
        }
    )


def compare(rule: Rule, people: int) -> None:
    expected = sorted(in_python(rule))
    assert sorted(in_sql(rule)) == expected
    counted = Counter[tuple[str, str, str]]()
    for group in selection.groups(rule):
        if group.reason not in BESIDES:
            counted[group.sender, group.channel, group.reason] += group.people
    assert counted == Counter((sender, channel, reason) for _, sender, channel, reason in expected)
    assert sorted(part_by_part(rule, people)) == expected
    raise Undone


def part_by_part(rule: Rule, people: int) -> Iterator[tuple[int, str, str, str]]:
    """The same in parts of so many people each, as a launch writes a large audience."""
    fresh = make.running_campaign(recipients=0)
    below: int | None = None
    while True:
        part = Part(fresh.pk, below=below)
        lowest = selection.border(replace(rule, part=part), people)
        found = in_sql(replace(rule, part=replace(part, lowest=lowest)))
        owners = ContactPoint.objects.filter(pk__in=[pk for pk, *_ in found]).values_list("person", flat=True)
        assert len(set(owners)) <= 2 * people, "the border lets too many through"
        yield from found
        if lowest is None:
            return
        below = lowest


def a_list() -> NumberList:
    officer = make.officer()
    return NumberList.objects.create(
        title="Tour", officer=officer, uploaded_at=make.NOW, delete_at=make.NOW + timedelta(days=14)
    )


def settle(
    phones: Sequence[Phone], stays: Sequence[Stay], by: Channel, known: tuple[Campaign, NumberList]
) -> None:
    """One person of the world, asked and listed as their phones say."""
    person = Person.objects.create(created_at=make.NOW)
    Consent.objects.create(
        person=person, text_version="1", language="en", channel=by, given_at=make.NOW, how="1"
    )
    campaign, listed = known
    for phone in phones:
        point = make.contact(language=phone.language, person=person, now=make.NOW - timedelta(days=phone.age))
        point.region = phone.region
        point.sms_refused, point.voice_refused = (21610 if no else None for no in phone.refuses)
        point.save()
        if phone.stopped:
            make.opted_out(point)
        if phone.answer is not None:
            Recipient.objects.create(
                campaign=campaign,
                batch=campaign.batches.get(),
                contact=point,
                language="en",
                asked_at=make.NOW,
                answer=phone.answer,
            )
        if phone.listed:
            ListedNumber.objects.create(numbers=listed, contact=point)
    for stay in stays:
        cities = CITIES[stay.country]
        start = make.NOW.date() + timedelta(days=stay.start)
        trip = make.trip(
            of=person,
            country=stay.country,
            city=cities[stay.city % len(cities)],
            dates=(start, start + timedelta(days=stay.length)),
        )
        Trip.objects.filter(pk=trip.pk).update(party=stay.party)


def in_sql(rule: Rule) -> list[tuple[int, str, str, str]]:
    found = selection.phones(rule)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, sender, channel, reason FROM ({found.sql}) found", found.params)  # noqa: S608 - ours
        return [tuple(row) for row in cursor.fetchall()]


def in_python(rule: Rule) -> list[tuple[int, str, str, str]]:
    """The same, person by person, as somebody would who reads the sentences."""
    found = []
    for person in Person.objects.all():
        points = named_or_there(person, rule)
        spared = rule.audience.spared
        out = spared is not None and is_spared(person, spared)
        judged = [judge(point, rule, out=out) for point in points if wanted(point, rule.audience)]
        judged.sort(key=lambda one: (one[3] != "", one[2] != "sms", -one[4].timestamp(), one[0]))
        for rank, (pk, sender, channel, reason, _) in enumerate(judged):
            row = (pk, sender, channel, reason) if rank == 0 else (pk, "", "", LeftOut.OTHER_PHONE.value)
            only = rule.audience.reach if rule.audience.reach in {Reach.TEXT, Reach.CALL} else None
            if row[3] or only is None or row[2] == only.value:
                found.append(row)
    return found


def named_or_there(person: Person, rule: Rule) -> list[ContactPoint]:
    """All phones of somebody whose trip counts, else those of them that the rule names."""
    points = list(person.contacts.all())
    if any(counts(trip, rule.audience, rule.now) for trip in person.trips.all()):
        return points
    asked, numbers = rule.audience.asked, rule.audience.numbers
    return [
        point
        for point in points
        if (asked is not None and answered(point, asked)) or point.listed.filter(numbers=numbers).exists()
    ]


def is_spared(person: Person, spared: Answered) -> bool:
    """One phone gave such an answer, and no other says that somebody needs help."""
    helps = Answered(spared.campaign, tuple({"needs_help"} - set(spared.answers)))
    points = person.contacts.all()
    return any(answered(point, spared) for point in points) and not any(
        answered(point, helps) for point in points
    )


def counts(trip: Trip, audience: Audience, now: datetime) -> bool:
    if trip.country not in audience.countries or trip.delete_at <= now or trip.party < audience.party:
        return False
    near = audience.near
    if near is not None:
        around = places.around(near.country, near.city, near.km).get(trip.country, ())
        if trip.city not in around and not (near.unknown and trip.city == ""):
            return False
    if audience.within is not None and not inside(trip, audience.within):
        return False
    today = day(trip.country, now)
    on = audience.on or today
    here = audience.here and trip.start <= on <= trip.end
    soon = today <= trip.start <= day(trip.country, now + timedelta(hours=audience.arriving))
    lately = day(trip.country, now - timedelta(hours=audience.left)) <= trip.end <= today
    return here or (audience.arriving > 0 and soon) or (audience.left > 0 and lately)


def inside(trip: Trip, within: Within) -> bool:
    """Areas of another country say nothing; of its own one of them has the city, or it may have."""
    if trip.country not in {area.country for area in within.areas}:
        return True
    area = Area("EG", "11") if trip.city == "Cairo" else IN_AREA.get(trip.city)
    return within.unknown if area is None else area in within.areas


def day(country: str, at: datetime) -> date:
    return at.astimezone(ZoneInfo(places.time_zone(country, ""))).date()


def answered(point: ContactPoint, which: Answered) -> bool:
    return Recipient.objects.filter(campaign=which.campaign, contact=point, answer__in=which.answers).exists()


def wanted(point: ContactPoint, audience: Audience) -> bool:
    if audience.languages and point.language not in audience.languages:
        return False
    if audience.reach is not Reach.CALLER:
        return True
    assert point.person is not None
    return point.person.consents.filter(channel=Channel.VOICE).exists()


def judge(point: ContactPoint, rule: Rule, *, out: bool) -> tuple[int, str, str, str, datetime]:
    """Sender and channel, or the reason why not, as the gateway's own functions tell."""
    texts = point.sms_refused is None
    calls = rule.calls and point.voice_refused is None
    sms = gateway.sender_for(point.region, Channel.SMS, key=point.pk, two_way=rule.two_way)
    voice = gateway.sender_for(point.region, Channel.VOICE, key=point.pk)
    reason, sender, channel = "", "", ""
    if out:
        reason = LeftOut.SPARED
    elif OptOut.objects.filter(number_index=point.number_index).exists():
        reason = LeftOut.OPTED_OUT
    elif texts and sms:
        sender, channel = sms.id, "sms"
    elif calls and voice:
        sender, channel = voice.id, "voice"
    elif texts:
        reason = LeftOut.NO_SENDER
    elif not rule.calls:
        reason = LeftOut.REFUSES_TEXTS
    else:
        reason = LeftOut.NO_CALLER if calls else LeftOut.REFUSES_BOTH
    return point.pk, sender, channel, str(reason), point.last_seen_at


@pytest.mark.parametrize(
    "narrower", [{"within": Within((Area("LY", "69"),))}, {"near": Near("LY", "Benghazi", 50)}]
)
def test_who_named_no_city_is_asked_too_or_counted_as_left_out(narrower: dict[str, Within | Near]) -> None:
    make.trip(city="Tripoli")
    make.trip(city="Benghazi")
    make.trip(city="")
    with_them = Audience(("LY",), **narrower)  # type: ignore[arg-type] # one of them
    without = replace(with_them, **{name: replace(one, unknown=False) for name, one in narrower.items()})  # type: ignore[arg-type]
    found = {
        rule: selection.groups(Rule(rule, make.NOW, two_way=True, calls=False))
        for rule in (with_them, without)
    }
    assert {rule: reached(groups) for rule, groups in found.items()} == {with_them: 2, without: 1}
    assert left_out(found[with_them]) == {}
    assert left_out(found[without]) == {LeftOut.NO_PLACE: 1}


@pytest.mark.parametrize(("unknown", "meant"), [(True, 5), (False, 3)])
def test_several_areas_of_a_country_are_meant_together_and_other_countries_stay_whole(
    *, unknown: bool, meant: int
) -> None:
    for city in ("Tripoli", "Zawiya", "Benghazi", "", "Nowhere-on-Sea"):
        make.trip(city=city)
    make.trip(country="EG", city="Cairo")
    both = Within((IN_AREA["Tripoli"], IN_AREA["Zawiya"]), unknown=unknown)
    rule = Rule(Audience(("LY", "EG"), within=both), make.NOW)
    assert reached(selection.groups(rule)) == meant
