"""Whom a campaign is for: a rule that is stored, put in words and turned into conditions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import Q
from django.utils import formats
from django.utils.translation import get_language, pgettext

from campaigns.models import Campaign, NumberList, Recipient
from core import places
from core.areas import Area, area_called, cities_in, cities_outside, name_of_area
from core.intents.atlas import babel_locale

VERSION: Final = 3
"""Of the stored form. Version 1 had countries, on and languages only, and said no version; 2 had no areas."""

ARRIVING_MOST: Final = 240
LEFT_MOST: Final = 72
"""How far ahead and back a rule may look (hours). Trips are deleted two days after their end."""

NEAR_MOST: Final = 1000
"""The widest circle (km)."""

Json = Mapping[str, object]


class Reach(StrEnum):
    """How those meant can be reached."""

    ANY = ""
    TEXT = "sms"  # a text reaches them
    CALL = "voice"  # only a call does
    CALLER = "caller"  # they registered by a call


@dataclass(frozen=True, slots=True)
class Near:
    """At most `km` from a city (its name in the gazetteer); with whoever named no city, or without."""

    country: str
    city: str
    km: int
    unknown: bool = True


@dataclass(frozen=True, slots=True)
class Within:
    """Some administrative areas, of their countries; with whoever is not known to be in another, or without.

    Those named no city, or one that we do not know, or whose area nobody told us.
    """

    areas: tuple[Area, ...]
    unknown: bool = True

    @property
    def by_country(self) -> Mapping[str, Sequence[Area]]:
        """The areas by their country."""
        found: dict[str, list[Area]] = {}
        for area in self.areas:
            found.setdefault(area.country, []).append(area)
        return found


@dataclass(frozen=True, slots=True)
class Answered:
    """Who was asked in a campaign and gave one of these answers; "" is no answer."""

    campaign: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Everyone who is there, arrives or has left, was asked before or is on a list: any of these, narrowed.

    `here`: stays in one of the countries on the day `on`, None is the day of the sending, there: in a country
    with several time zones any day that it is somewhere in it. `arriving` and `left`: begins a stay there
    within so many hours, today included, or ends one; 0 leaves them out. `asked` and
    `numbers` (a NumberList's key) add people wherever they are.
    `near`, `within` (in the countries of its areas) and `party` (so many travel together at least) narrow the
    stays; `languages` and `reach` narrow everyone; `spared` takes people out.
    """

    countries: tuple[str, ...]
    on: date | None = None
    languages: tuple[str, ...] = ()
    here: bool = True
    arriving: int = 0
    left: int = 0
    near: Near | None = None
    within: Within | None = None
    party: int = 1
    reach: Reach = Reach.ANY
    asked: Answered | None = None
    numbers: int | None = None
    spared: Answered | None = None

    def as_json(self) -> Json:
        """The rule as Campaign.audience holds it."""
        near, within = self.near, self.within
        return {
            "version": VERSION,
            "countries": list(self.countries),
            "on": self.on.isoformat() if self.on else None,
            "languages": list(self.languages),
            "here": self.here,
            "arriving": self.arriving,
            "left": self.left,
            "near": {"country": near.country, "city": near.city, "km": near.km, "unknown": near.unknown}
            if near
            else None,
            "within": {"areas": [area.key for area in within.areas], "unknown": within.unknown}
            if within
            else None,
            "party": self.party,
            "reach": self.reach.value,
            "asked": _answered_as_json(self.asked),
            "numbers": self.numbers,
            "spared": _answered_as_json(self.spared),
        }

    @classmethod
    def from_json(cls, stored: Json) -> "Audience":
        """The rule that `as_json` stored, in this version or one before. Raises TypeError, ValueError."""
        if stored.get("version", 1) not in {1, 2, VERSION}:
            raise ValueError("an audience of a version this program does not know")
        on, numbers = stored.get("on"), stored.get("numbers")
        return cls(
            countries=_words(stored.get("countries")),
            on=date.fromisoformat(str(on)) if on else None,
            languages=_words(stored.get("languages") or []),
            here=bool(stored.get("here", True)),
            arriving=_number(stored.get("arriving", 0)),
            left=_number(stored.get("left", 0)),
            near=_near_from_json(stored.get("near")),
            within=_within_from_json(stored.get("within")),
            party=_number(stored.get("party", 1)),
            reach=Reach(str(stored.get("reach", ""))),
            asked=_answered_from_json(stored.get("asked")),
            numbers=_number(numbers) if numbers is not None else None,
            spared=_answered_from_json(stored.get("spared")),
        )

    def problem(self) -> str:
        """The first field that cannot be right; '' when none is."""
        known = set(Recipient.Answer.values) | {""}
        both = [which for which in (self.asked, self.spared) if which]
        checks = {
            "countries": bool(self.countries) and set(self.countries) <= set(places.countries()),
            "here": bool(self.here or self.arriving or self.left or self.asked or self.numbers),
            "arriving": 0 <= self.arriving <= ARRIVING_MOST,
            "left": 0 <= self.left <= LEFT_MOST,
            "party": self.party >= 1,
            "near": self.near is None or _is_known(self.near, self.countries),
            "within": self.within is None or _are_known(self.within, self.countries),
            "answers": all(which.answers and set(which.answers) <= known for which in both),
            "campaign": all(_was_launched(which.campaign) for which in both),
            "numbers": self.numbers is None or NumberList.objects.filter(pk=self.numbers).exists(),
        }
        return next((name for name, right in checks.items() if not right), "")

    def sentences(self) -> Sequence[str]:
        """The rule in the reader's language: a phrase for each kind of people, then what narrows it."""
        return [*self._sources(), *self._limits()]

    def in_words(self) -> str:
        """The sentences as one line."""
        return "; ".join(self.sentences())

    def stays(self, now: datetime) -> Q | None:
        """The trips that count; None when the rule does not ask for any."""
        found: list[Q] = []
        for code in self.countries:
            # A trip has days, no hours: who comes or goes today may do so within any of its hours.
            first, last = places.dates(code, now)
            if self.here:
                found.append(Q(country=code, start__lte=self.on or last, end__gte=self.on or first))
            if self.arriving:
                _, soon = places.dates(code, now + timedelta(hours=self.arriving))
                found.append(Q(country=code, start__gte=first, start__lte=soon))
            if self.left:
                lately, _ = places.dates(code, now - timedelta(hours=self.left))
                found.append(Q(country=code, end__lte=last, end__gte=lately))
        if not found:
            return None
        stays = Q()
        for one in found:
            stays |= one
        # What should be deleted already is not used, deleted or not.
        return stays & Q(delete_at__gt=now) & self._narrowed()

    def over(self, now: datetime) -> Q | None:
        """The trips that ended before the day meant, and are not asked for; None when it means no stay."""
        if not self.here:
            return None
        over = Q()
        for code in self.countries:
            first, _ = places.dates(code, now)
            over |= Q(country=code, end__lt=self.on or first)
        return over & Q(delete_at__gt=now) & self._narrowed()

    def unplaced(self, now: datetime) -> Q | None:
        """The stays, and those that may be at the place for all we know; None where these are meant too."""
        if all(which is None or which.unknown for which in (self.near, self.within)):
            return None
        near = replace(self.near, unknown=True) if self.near else None
        within = replace(self.within, unknown=True) if self.within else None
        return replace(self, near=near, within=within).stays(now)

    def _narrowed(self) -> Q:
        narrowed = Q(party__gte=self.party) if self.party > 1 else Q()
        if self.near:
            narrowed &= self._around(self.near)
        if self.within:
            narrowed &= self._inside(self.within)
        return narrowed

    def _around(self, near: Near) -> Q:
        where = Q(city="") if near.unknown else Q(pk=0)
        for code, cities in places.around(near.country, near.city, near.km).items():
            if code in self.countries:
                where |= Q(country=code, city__in=cities)
        return where

    def _inside(self, within: Within) -> Q:
        where = ~Q(country__in=list(within.by_country))
        for code, areas in within.by_country.items():
            if within.unknown:
                where |= Q(country=code) & ~Q(city__in=cities_outside(code, areas))
            else:
                where |= Q(country=code, city__in=[city for area in areas for city in cities_in(area)])
        return where

    def _sources(self) -> Iterator[str]:
        tag = get_language() or "en"
        where = {"countries": ", ".join(places.name_of_country(code, tag) for code in self.countries)}
        if self.here and self.on is None:
            yield pgettext("console", "everyone staying in %(countries)s now") % where
        elif self.here and self.on:
            day = formats.date_format(self.on, "DATE_FORMAT")
            yield pgettext("console", "everyone staying in %(countries)s on %(day)s") % {**where, "day": day}
        if self.arriving:
            # Translators: "h" is hours: write the sign or abbreviation that fits any number.
            said = pgettext("console", "everyone arriving in %(countries)s in the next %(hours)d h")
            yield said % {**where, "hours": self.arriving}
        if self.left:
            said = pgettext("console", "everyone who left %(countries)s in the last %(hours)d h")
            yield said % {**where, "hours": self.left}
        if self.asked:
            said = pgettext("console", "everyone asked in “%(campaign)s” who said: %(answers)s")
            yield said % _in_words(self.asked)
        if self.numbers is not None:
            listed = NumberList.objects.filter(pk=self.numbers).values_list("title", flat=True).first()
            yield pgettext("console", "the numbers on the list “%(list)s”") % {"list": listed or "–"}

    def _limits(self) -> Iterator[str]:
        tag = get_language() or "en"
        if self.near:
            city = places.name_of_city(self.near.country, self.near.city, tag)
            if len(self.countries) > 1:  # another of them may have a city of that name
                city = f"{city} ({places.name_of_country(self.near.country, tag)})"
            said = (
                pgettext("console", "only within %(km)d km of %(city)s or where the city is not known")
                if self.near.unknown
                else pgettext("console", "only within %(km)d km of %(city)s")
            )
            yield said % {"km": self.near.km, "city": city}
        if self.within:
            for code, areas in self.within.by_country.items():
                # Translators: a country, and the names of one or several districts or provinces in it.
                said = (
                    pgettext("console", "in %(country)s only: %(areas)s, and where the city is not known")
                    if self.within.unknown
                    else pgettext("console", "in %(country)s only: %(areas)s")
                )
                named = ", ".join(name_of_area(area, tag) for area in areas)
                yield said % {"country": places.name_of_country(code, tag), "areas": named}
        if self.party > 1:
            # Translators: for example "only groups from 5 people upwards": fit for any number.
            said = pgettext("console", "only those travelling together, from %(party)d people upwards")
            yield said % {"party": self.party}
        if self.languages:
            reader = babel_locale(tag)
            names = ", ".join(babel_locale(one).get_display_name(reader) or one for one in self.languages)
            yield pgettext("console", "only people who use: %(languages)s") % {"languages": names}
        if self.reach is not Reach.ANY:
            yield str(_REACHED[self.reach]())
        if self.spared:
            said = pgettext("console", "not those who said in “%(campaign)s”: %(answers)s")
            yield said % _in_words(self.spared)


_REACHED: Final = {
    Reach.TEXT: lambda: pgettext("console", "only whom a text reaches"),
    Reach.CALL: lambda: pgettext("console", "only whom nothing but a call reaches"),
    Reach.CALLER: lambda: pgettext("console", "only people who registered by a call"),
}


def _in_words(which: Answered) -> Mapping[str, str]:
    title = Campaign.objects.filter(pk=which.campaign).values_list("title", flat=True).first()
    names = {"": pgettext("console", "no answer"), **dict(Recipient.Answer.choices)}
    return {"campaign": title or "–", "answers": ", ".join(str(names[one]) for one in which.answers)}


def _is_known(near: Near, countries: Sequence[str]) -> bool:
    return (
        near.country in countries
        and 1 <= near.km <= NEAR_MOST
        and bool(places.around(near.country, near.city, near.km))
    )


def _are_known(within: Within, countries: Sequence[str]) -> bool:
    return bool(within.areas) and all(area.country in countries and cities_in(area) for area in within.areas)


def _was_launched(campaign: int) -> bool:
    return Campaign.objects.filter(pk=campaign, launched_at__isnull=False).exists()


def _answered_as_json(which: Answered | None) -> Json | None:
    return {"campaign": which.campaign, "answers": list(which.answers)} if which else None


def _answered_from_json(stored: object) -> Answered | None:
    if stored is None:
        return None
    if not isinstance(stored, dict):
        raise TypeError("not a stored audience")
    return Answered(_number(stored["campaign"]), _words(stored["answers"]))


def _near_from_json(stored: object) -> Near | None:
    if stored is None:
        return None
    if not isinstance(stored, dict):
        raise TypeError("not a stored audience")
    return Near(
        str(stored["country"]), str(stored["city"]), _number(stored["km"]), unknown=bool(stored["unknown"])
    )


def _within_from_json(stored: object) -> Within | None:
    if stored is None:
        return None
    if not isinstance(stored, dict):
        raise TypeError("not a stored audience")
    return Within(tuple(map(area_called, _words(stored["areas"]))), unknown=bool(stored["unknown"]))


def _words(stored: object) -> tuple[str, ...]:
    if not isinstance(stored, list):
        raise TypeError("not a stored audience")
    return tuple(map(str, stored))


def _number(stored: object) -> int:
    if not isinstance(stored, int):
        raise TypeError("not a stored audience")
    return stored
