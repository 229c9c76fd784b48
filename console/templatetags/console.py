"""Figures, times, signs and names: how one thing looks the same on every page."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import phonenumbers
from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from campaigns.ladder import Way
from campaigns.models import Campaign, Case
from campaigns.preview import PlacePreview
from console import figures, moments, names, people, words
from console.signs import SIGNS, Sign
from core import languages
from core.models import Message, Trip
from core.officers import Role

register = template.Library()


@register.filter
def asks_officer(message: Message) -> bool:
    """Whether a message is the key that asks for an officer."""
    return people.asks_officer(message)


@register.filter
def figure(value: int | None) -> str:
    """A count with thin spaces between the thousands: 2 140. The same digits in every language."""
    return figures.spaced(value)


@register.filter
def percent_of(part: int | None, base: int | None) -> str:
    """The share, rounded; never shown without its base beside it. A dash when there is no base."""
    return figures.percent(part, base)


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime) -> SafeString:
    """When: there and here with the zone's city, and how long ago; the script keeps the latter true."""
    now: datetime = context["now"]
    tag = _tag()
    return format_html(
        '<time class="moment" datetime="{}"><span class="moment-at">{}</span> '
        '<span class="moment-ago" data-ago>{}</span></time>',
        at.isoformat(timespec="seconds"),
        moments.absolute(at, context["zones"], now, tag),
        moments.relative(at, now, tag),
    )


@register.simple_tag(takes_context=True)
def ago(context: Context, at: datetime) -> SafeString:
    """How long ago, with the absolute time as its title, for narrow tables."""
    now: datetime = context["now"]
    tag = _tag()
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        at.isoformat(timespec="seconds"),
        moments.absolute(at, context["zones"], now, tag),
        moments.relative(at, now, tag),
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing that repeats what the words beside it say."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("console/icons.svg"),
        name,
    )


@register.simple_tag
def sign(name: str) -> SafeString:
    """One answer: its colour, its shape and its word, always together."""
    found = SIGNS[Sign(name)]
    return format_html(
        '<span class="sign sign-{}">{}<span>{}</span></span>', found.css, icon(found.icon), found.word
    )


@register.simple_tag
def reason_of(case: Case) -> SafeString:
    """Why a case was opened: the person's sign, or that it was not the person who wrote."""
    if case.reason in SIGNS:
        return sign(case.reason)
    word = Case.Reason(case.reason).label
    return format_html('<span class="sign sign-unclear">{}<span>{}</span></span>', icon("inbox"), word)


@register.simple_tag
def state_of(campaign: Campaign) -> SafeString:
    """Where a campaign stands, in words; and that it is a drill, when it is."""
    word = words.EXPIRED if campaign.expired else words.STATES[campaign.state]
    badge = format_html('<span class="state state-{}">{}</span>', campaign.state, word)
    if not campaign.drill:
        return badge
    return format_html('{} <span class="drill-mark">{}</span>', badge, pgettext("console", "Drill"))


@register.simple_tag
def case_state(case: Case) -> SafeString:
    """Where a case stands, in words."""
    state = Case.State(case.state)
    return format_html('<span class="state state-{}">{}</span>', state.value, state.label)


@register.filter
def country(code: str) -> str:
    """The country's name in the officer's language."""
    return names.country(code, _tag())


@register.filter
def language(tag: str) -> str:
    """The language's name in the officer's language."""
    return names.language(tag, _tag())


@register.filter
def direction(tag: str) -> str:
    """The direction the language is written in: ltr or rtl."""
    return names.direction(tag)


@register.filter
def within(value: str, several: Collection[str]) -> bool:
    """Whether it is one of several."""
    return value in several


@register.filter
def is_reviewed(tag: str) -> bool:
    """Whether a native speaker has signed our words in the language off."""
    return languages.language(tag).reviewed


@register.filter
def city(name: str, country_code: str) -> str:
    """The city's name in the officer's language."""
    return names.city(country_code, name, _tag())


@register.simple_tag
def place_of(trip: Trip | PlacePreview | None) -> str:
    """City and country in the officer's language; empty when nobody knows."""
    if trip is None:
        return ""
    found = names.country(trip.country, _tag())
    if not trip.city:
        return found
    return pgettext("console", "%(city)s, %(country)s") % {
        "city": names.city(trip.country, trip.city, _tag()),
        "country": found,
    }


@register.filter
def lasting(seconds: float) -> str:
    """A length of time in round words."""
    return moments.duration(seconds, _tag())


@register.filter
def way(value: Way) -> str:
    """What is done on a rung of a ladder."""
    return str(words.WAYS[value])


@register.filter
def day(value: date) -> str:
    """A day, short, in the officer's language."""
    return moments.short_day(value, _tag())


@register.filter
def delivery(status: str) -> str:
    """Where a message is, in words."""
    return str(words.DELIVERY.get(status, status))


@register.filter
def role(value: str) -> str:
    """What an officer does, in words."""
    return str(words.ROLES[Role(value)])


@register.filter
def phone(e164: str) -> str:
    """A number as people write it, for dialling."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164  # a country code newer than our numbering plans
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def lookup(key: str, table: Mapping[str, int]) -> int:
    """A count by its key, nought when there is none."""
    return table.get(key, 0)


@register.simple_tag
def clock(zone: str) -> SafeString:
    """A wall clock of the bar, with its city; the page's script keeps it going."""
    now = timezone.now()
    tag = _tag()
    return format_html(
        "<time>{}</time> <small>{}</small>", moments.clock(now, zone, tag), moments.city_of(zone, tag)
    )


@register.simple_tag(takes_context=True)
def wall(context: Context, at: datetime) -> str:
    """Hours and minutes at home."""
    return moments.clock(at, context["home_zone"], _tag())


@register.simple_tag(takes_context=True)
def relative(context: Context, at: datetime) -> str:
    """How long ago."""
    return moments.relative(at, context["now"], _tag())


@register.simple_tag
def sign_shape(name: str) -> SafeString:
    """A sign in a narrow table's head: its shape, with its word for those who hear the page."""
    found = SIGNS[Sign(name)]
    return format_html(
        '<span class="sign sign-{}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        found.css,
        found.word,
        icon(found.icon),
        found.word,
    )


@register.simple_tag
def console_languages() -> Sequence[tuple[str, str]]:
    """The languages an officer may choose, each by its own name."""
    return [(tag, names.own_name(tag)) for tag, _ in settings.LANGUAGES]


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """This page's address with these parameters changed."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params[name] = str(value)
    return f"?{params.urlencode()}"


@register.inclusion_tag("console/figure_box.html", takes_context=True)
def figure_box(context: Context, name: str) -> Mapping[str, object]:
    """One of the board's big figures, leading to the people behind it."""
    counts = context["figures"]
    return {
        "name": name,
        "css": {"needs_help": "help"}.get(name, name),
        "count": counts[name],
        "total": counts["total"],
        "trend": context["trend"] if name == "answered" else None,
        "url": reverse("console:board-people", args=[context["campaign"].pk]) if context["sees_rows"] else "",
    }


def _tag() -> str:
    return get_language() or "en"
