"""Whom a campaign is for: a rule that is stored, put in words, counted and frozen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import formats
from django.utils.translation import get_language, pgettext

from campaigns.models import Campaign
from campaigns.selection import LeftOut, Rule, groups, left_out
from campaigns.texts import Wordings
from core import gateway, places
from core.models import ContactPoint, OptOut, Trip

__all__ = ["Audience", "LeftOut", "Preview", "SenderPreview", "TextPreview", "contacts", "preview"]

AudienceJson = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Audience:
    """Everyone who stays in one of the countries on a day; `on` None means the day of the sending, there.

    `languages`, when given, narrows it to people whose language is one of them.
    """

    countries: tuple[str, ...]
    on: date | None = None
    languages: tuple[str, ...] = ()

    def as_json(self) -> AudienceJson:
        """The rule as Campaign.audience holds it."""
        on = self.on.isoformat() if self.on else None
        return {"countries": list(self.countries), "on": on, "languages": list(self.languages)}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Audience":
        """The rule that `as_json` stored."""
        countries, on, languages = (stored.get(name) for name in ("countries", "on", "languages"))
        if not isinstance(countries, list) or not isinstance(languages or [], list):
            raise TypeError("not a stored audience")
        return cls(
            countries=tuple(map(str, countries)),
            on=date.fromisoformat(str(on)) if on else None,
            languages=tuple(map(str, languages or ())) if isinstance(languages, list) else (),
        )

    def in_words(self) -> str:
        """The rule as a sentence fragment in the reader's active language."""
        tag = get_language() or "en"
        where = ", ".join(places.name_of_country(code, tag) for code in self.countries)
        if self.on is None:
            return pgettext("console", "everyone staying in %(countries)s now") % {"countries": where}
        day = formats.date_format(self.on, "DATE_FORMAT")
        return pgettext("console", "everyone staying in %(countries)s on %(day)s") % {
            "countries": where,
            "day": day,
        }

    def days(self, now: datetime) -> Mapping[date, Sequence[str]]:
        """The countries by the day that counts there: the given one, else today by each country's clock."""
        found: dict[date, list[str]] = {}
        for code in self.countries:
            day = self.on or now.astimezone(ZoneInfo(places.time_zone(code, ""))).date()
            found.setdefault(day, []).append(code)
        return found

    def rule(self, *, two_way: bool, now: datetime) -> Rule:
        """The rule as conditions on trips: those that cover the day, and those that ended before it."""
        kept = Q(delete_at__gt=now)  # what should be deleted already is not used, deleted or not
        stays, over = Q(pk=None), Q(pk=None)
        for day, codes in self.days(now).items():
            stays |= Q(country__in=codes, start__lte=day, end__gte=day)
            over |= Q(country__in=codes, end__lt=day)
        return Rule(stays & kept, over & kept, languages=self.languages, two_way=two_way)


@dataclass(frozen=True, slots=True)
class TextPreview:
    """What people of one language get. `source` differs from `language` when it is the declared fallback.

    `source` is empty when there is no text at all for them; the campaign can then not be submitted.
    """

    language: str
    people: int
    source: str
    encoding: str
    segments: int

    @property
    def is_fallback(self) -> bool:
        """Whether these people get a text in another language."""
        return self.source != self.language


@dataclass(frozen=True, slots=True)
class SenderPreview:
    """What one sender would have to do: people, segments, and the seconds that takes at its rate."""

    sender: str
    people: int
    segments: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of people; `left_out` by LeftOut reason."""

    total: int
    by_language: Mapping[str, int]
    by_country: Mapping[str, int]
    left_out: Mapping[str, int]
    texts: Sequence[TextPreview]
    senders: Sequence[SenderPreview]
    segments: int

    @property
    def seconds(self) -> float:
        """How long the sending takes: the senders work side by side."""
        return max((sender.seconds for sender in self.senders), default=0.0)


def contacts(audience: Audience, now: datetime) -> QuerySet[ContactPoint]:
    """One phone for each person meant: of those that may be texted, the one last heard of."""
    rows = ContactPoint.objects.filter(
        Exists(Trip.objects.filter(audience.rule(two_way=True, now=now).stays, person=OuterRef("person"))),
        ~Exists(OptOut.objects.filter(number_index=OuterRef("number_index"))),
        sms_refused=None,
    )
    if audience.languages:
        rows = rows.filter(language__in=audience.languages)
    return rows.order_by("person", "-last_seen_at", "pk").distinct("person")


def preview(campaign: Campaign, now: datetime) -> Preview:
    """Count what a launch at `now` would freeze; the same SQL, nothing written."""
    audience = Audience.from_json(campaign.audience)
    question = campaign.kind == Campaign.Kind.CHECK_IN
    found = groups(audience.rule(two_way=question, now=now))
    reached = [group for group in found if not group.reason]
    languages, countries, senders = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for group in reached:
        languages[group.language] += group.people
        countries[group.country] += group.people
        senders[group.sender, group.language] += group.people
    texts = _texts(Wordings(campaign), languages)
    cost = {text.language: text.segments for text in texts}
    return Preview(
        total=languages.total(),
        by_language=dict(languages.most_common()),
        by_country=dict(countries.most_common()),
        left_out=left_out(found),
        texts=texts,
        senders=_senders(senders, cost),
        segments=sum(text.people * text.segments for text in texts),
    )


def _texts(wordings: Wordings, languages: Counter[str]) -> Sequence[TextPreview]:
    rows = []
    for language, people in languages.most_common():
        try:
            words = wordings.of(language)
        except KeyError:
            rows.append(TextPreview(language, people, source="", encoding="", segments=0))
        else:
            rows.append(TextPreview(language, people, words.source, words.encoding, words.segments))
    return rows


def _senders(people: Counter[tuple[str, str]], cost: Mapping[str, int]) -> Sequence[SenderPreview]:
    rows = []
    for sender in gateway.senders():
        mine = {language: count for (name, language), count in people.items() if name == sender.id}
        if mine:
            segments = sum(count * cost[language] for language, count in mine.items())
            seconds = segments / sender.segments_per_second
            rows.append(SenderPreview(sender.id, sum(mine.values()), segments, seconds))
    return rows
