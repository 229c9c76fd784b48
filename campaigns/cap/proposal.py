"""What an alert would be as a campaign of ours: texts, audience, days and urgency, and what stays open."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global

from campaigns.audience import Answered, Audience
from campaigns.cap.alert import Alert, Certainty, Info, MsgType, Scope, Severity, Status, Urgency
from campaigns.cap.areas import Whereabouts, locate
from campaigns.models import Campaign, Recipient
from core import languages, places

ARRIVING_MOST: Final = 72
"""How far ahead those who arrive while the alert lasts are counted (hours)."""

_LONGEST: Final = 1600
_LONGEST_TITLE: Final = 120
_TAG: Final = re.compile(r"<[^<>]{1,200}>")
_SENTENCE_ENDS: Final = tuple(".!?…。！？।॥።؟۔:")
_ANY_ANSWER: Final = ("", *Recipient.Answer.values)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An alert understood. Nothing of it is in force: an officer decides, and a second one approves.

    `texts` by tag of ours; `unspoken` are the tags of the alert that are none of ours, `shortened` those of
    ours whose words were too many. `grave`: by its own words lives are in danger now. `over`: it has expired.
    `until`: when the first of the texts ceases to hold; None when none of them says an end.
    """

    title: str
    texts: Mapping[str, str] = field(repr=False)
    unspoken: tuple[str, ...]
    shortened: tuple[str, ...]
    where: Whereabouts
    on: date | None
    arriving: int
    urgency: Campaign.Urgency
    grave: bool
    over: bool
    until: datetime | None
    drill: bool
    public: bool


def propose(alert: Alert, now: datetime) -> Proposal:
    """Understand the alert as a draft, at `now`."""
    where = locate(alert.areas)
    over = alert.expires is not None and alert.expires <= now
    infos = alert.infos if over else tuple(info for info in alert.infos if _holds(info, now))
    texts, unspoken, shortened = _texts(infos)
    return Proposal(
        title=_title(alert),
        texts=texts,
        unspoken=unspoken,
        shortened=shortened,
        where=where,
        on=_day(alert.onset, where.countries, now),
        arriving=_hours(alert.expires, now),
        urgency=_urgency(alert.infos),
        grave=any(_is_grave(info) for info in alert.infos),
        over=over,
        until=min((info.expires for info in infos if info.expires and _tag(info.language)), default=None),
        drill=alert.status in {Status.EXERCISE, Status.TEST},
        public=alert.scope is Scope.PUBLIC,
    )


def audience(
    alert: Alert, proposal: Proposal, countries: Sequence[str], earlier: Campaign | None
) -> Audience:
    """Whom the draft is for, in these countries.

    The circle counts only where an officer added no country to it. An update is also for everybody whom its
    earlier campaign asked; what withdraws one is for them alone.
    """
    asked = Answered(earlier.pk, _ANY_ANSWER) if earlier and earlier.launched_at else None
    if alert.msg_type is MsgType.CANCEL:
        return Audience(countries=tuple(countries), here=asked is None, asked=asked)
    circled = proposal.where.near is not None and set(countries) == set(proposal.where.countries)
    return Audience(
        countries=tuple(countries),
        on=proposal.on,
        arriving=proposal.arriving,
        near=proposal.where.near if circled else None,
        asked=asked,
    )


def _holds(info: Info, now: datetime) -> bool:
    return info.expires is None or info.expires > now


def _texts(infos: Sequence[Info]) -> tuple[Mapping[str, str], tuple[str, ...], tuple[str, ...]]:
    """The texts by our tags, the tags that are none, and those whose text was cut."""
    said: dict[str, dict[str, None]] = {}
    unspoken: dict[str, None] = {}
    for info in infos:
        tag = _tag(info.language)
        if tag is None:
            unspoken[info.language] = None
        else:
            said.setdefault(tag, {})[_words(info)] = None
    whole = {tag: "\n".join(parts) for tag, parts in said.items()}
    texts = {tag: _cut(text) for tag, text in whole.items()}
    return texts, tuple(unspoken), tuple(tag for tag in whole if texts[tag] != whole[tag])


def _tag(language: str) -> str | None:
    """Our tag of a BCP 47 language, also where it has an older code: "tl" is Filipino."""
    primary = language.replace("_", "-").split("-")[0].lower()
    aliases: Mapping[str, str] = get_global("language_aliases")
    for tag in (primary, aliases.get(primary, primary)):
        try:
            return languages.language(tag).tag
        except KeyError:
            continue
    return None


def _words(info: Info) -> str:
    """Who speaks, the fact, what to do. Mark-up that some senders leave in their words is taken out."""
    name, fact = _plain(info.sender_name), _plain(info.headline) or _plain(info.event)
    rest = _plain(info.instruction) or _plain(info.description)
    if rest and not fact.endswith(_SENTENCE_ENDS):
        fact += "."
    return " ".join(part for part in (f"{name}:" if name else "", fact, rest) if part)


def _plain(text: str) -> str:
    """The words alone. What looks like a placeholder of ours would be refused, and is none in an alert."""
    words = _TAG.sub(" ", text).replace("{", "(").replace("}", ")").replace("%(", "% (")
    return " ".join(words.split())


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 1].rsplit(maxsplit=1)[0] + "…"


def _title(alert: Alert) -> str:
    """For colleagues: what happens, and where. '' when the alert has no words of its own."""
    if not alert.infos:
        return ""
    info = next((info for info in alert.infos if _tag(info.language) == "en"), alert.infos[0])
    where = info.areas[0].description if info.areas else ""
    return " · ".join(part for part in (_plain(info.event), where) if part)[:_LONGEST_TITLE]


def _urgency(infos: Sequence[Info]) -> Campaign.Urgency:
    """Never the highest: that lives depend on it is an officer's word."""
    waits = all(
        info.severity is Severity.MINOR and info.urgency in {Urgency.FUTURE, Urgency.PAST} for info in infos
    )
    return Campaign.Urgency.ROUTINE if infos and waits else Campaign.Urgency.NORMAL


def _is_grave(info: Info) -> bool:
    """CAP's most pressing values on all three scales, as public warning systems ask for."""
    return (
        info.urgency in {Urgency.IMMEDIATE, Urgency.EXPECTED}
        and info.severity in {Severity.EXTREME, Severity.SEVERE}
        and info.certainty in {Certainty.OBSERVED, Certainty.LIKELY}
    )


def _day(onset: datetime | None, countries: Sequence[str], now: datetime) -> date | None:
    """The day on which it begins there, where that is still to come."""
    if onset is None or not countries:
        return None
    zone = ZoneInfo(places.time_zone(countries[0], ""))
    day = onset.astimezone(zone).date()
    return day if day > now.astimezone(zone).date() else None


def _hours(expires: datetime | None, now: datetime) -> int:
    """For how many hours yet whoever arrives should know."""
    if expires is None or expires <= now:
        return 0
    return min(ARRIVING_MOST, math.ceil((expires - now) / timedelta(hours=1)))


def remarks(proposal: Proposal) -> Iterator[str]:
    """The codes of what an officer must know or decide, in the order of their weight."""
    said = {
        "area": bool(proposal.where.unknown) or not proposal.where.countries,
        "scope": not proposal.public,
        "over": proposal.over,
        "grave": proposal.grave,
        "drill": proposal.drill,
        "language": bool(proposal.unspoken),
        "shortened": bool(proposal.shortened),
    }
    return (code for code, holds in said.items() if holds)
