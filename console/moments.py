"""Times as an officer reads them: absolute with the zone's city, and how long ago."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time, format_timedelta, get_timezone_location
from django.utils.translation import pgettext


def locale_of(tag: str) -> Locale:
    """Babel's locale for one of our language tags."""
    return Locale.parse(tag, sep="-")


def city_of(zone: str, tag: str) -> str:
    """The city a time zone is named after, in the reader's language: "Africa/Tripoli" is Tripoli."""
    return get_timezone_location(ZoneInfo(zone), locale=locale_of(tag), return_city=True)


def clock(at: datetime, zone: str, tag: str) -> str:
    """Hours and minutes on the wall there: "14:02"."""
    return format_time(at, "HH:mm", tzinfo=ZoneInfo(zone), locale=locale_of(tag))


def absolute(at: datetime, zones: tuple[str, ...], now: datetime, tag: str) -> str:
    """The moment in each zone, with its city; with the day when that is not today there."""
    return " · ".join(_in_zone(at, zone, now, tag) for zone in dict.fromkeys(zones))


def relative(at: datetime, now: datetime, tag: str) -> str:
    """How long ago, or in how long: "4 minutes ago"."""
    delta = at - now
    if abs(delta) < timedelta(minutes=1):
        return pgettext("console", "just now")
    # Minutes up to two hours: whoever waits for help has waited exactly that long.
    return format_timedelta(
        delta, threshold=2, granularity="minute", add_direction=True, locale=locale_of(tag)
    )


def duration(seconds: float, tag: str) -> str:
    """A length of time in round words: "3 minutes"; never less than a minute."""
    whole = timedelta(seconds=max(60.0, seconds))
    return format_timedelta(whole, threshold=1.2, granularity="minute", locale=locale_of(tag))


def day(at: datetime, zone: str, tag: str) -> str:
    """The day there, short: "22 Nov"."""
    return format_skeleton("MMMd", at, tzinfo=ZoneInfo(zone), locale=locale_of(tag))


def short_day(value: date, tag: str) -> str:
    """A day without a clock, short: "22 Nov"."""
    return format_skeleton("MMMd", datetime.combine(value, time()), tzinfo=None, locale=locale_of(tag))


def _in_zone(at: datetime, zone: str, now: datetime, tag: str) -> str:
    info = ZoneInfo(zone)
    wall = f"{clock(at, zone, tag)} {city_of(zone, tag)}"
    if at.astimezone(info).date() == now.astimezone(info).date():
        return wall
    return f"{day(at, zone, tag)}, {wall}"
