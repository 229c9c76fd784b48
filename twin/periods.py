"""Periods of time as the provider's lists are filtered by them."""

from datetime import datetime, timedelta
from typing import Final

from twin.parameters import Parameters, moment

_WHOLE_DAY: Final = len("2026-11-22")

Period = tuple[datetime | None, datetime | None]


def period(parameters: Parameters, name: str) -> Period:
    """From and until, both included: `name` alone is that day or second, `name>` and `name<` bound it."""
    exact, after, before = (parameters.text(f"{name}{sign}") for sign in ("", ">", "<"))
    if not exact:
        return (moment(after) if after else None, moment(before) if before else None)
    begins = moment(exact)
    length = timedelta(days=1) if len(exact) == _WHOLE_DAY else timedelta(seconds=1)
    return begins, begins + length - timedelta(microseconds=1)


def within(when: datetime | None, period: Period) -> bool:
    """Whether a moment lies in the period; what has not happened yet lies in none."""
    earliest, latest = period
    if earliest is None and latest is None:
        return True
    return when is not None and (earliest is None or when >= earliest) and (latest is None or when <= latest)
