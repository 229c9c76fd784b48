"""What a campaign would cost and keep busy, before it is approved: the first message, and at most in all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from campaigns import ladder
from campaigns.models import Campaign
from campaigns.preview import Preview, calls_a_second
from campaigns.prices import BadLine, Table
from campaigns.texts import Wordings
from core import gateway
from telephony.messages import Channel

CALL_MINUTES: Final = 2
"""Minutes that a call is charged at most: the question is put three times, then the line is closed."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the ladder does at most, if nobody answers. `seconds`: how long our lines need for the calls."""

    texts: int
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CountryCost:
    """People with phones of a country (ISO 3166), and what reaching them costs."""

    country: str
    people: int
    first: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    """By the country of the phone, the dearest first. `first` is the first message, `most` the whole ladder
    if nobody answers. `unpriced` are people in countries that the table does not know. `bad` lines of the
    table: then nothing is reckoned."""

    currency: str = ""
    countries: Sequence[CountryCost] = ()
    unpriced: Mapping[str, int] = field(default_factory=dict)
    bad: Sequence[BadLine] = ()

    @property
    def first(self) -> Decimal:
        """The first message to everybody."""
        return sum((row.first for row in self.countries), Decimal())

    @property
    def most(self) -> Decimal:
        """Everything, if nobody answers."""
        return sum((row.most for row in self.countries), Decimal())


def ahead(campaign: Campaign, preview: Preview) -> Ahead:
    """What is sent at most: whoever is called first is never texted, and everybody else climbs every rung."""
    texts, calls, late = _rungs(campaign)
    texted = preview.by_channel.get(Channel.SMS, 0)
    called = preview.by_channel.get(Channel.VOICE, 0)
    every = texted * calls + called * late
    pace = sum(calls_a_second(sender) for sender in gateway.senders() if sender.voice)
    return Ahead(texted * texts, every, every / pace if pace else 0.0)


def costs(campaign: Campaign, table: Table, preview: Preview) -> Costs:
    """Reckon the campaign by the table, for the phones that the preview counted."""
    if table.bad:
        return Costs(bad=table.bad)
    wordings = Wordings(campaign)
    texts, calls, late = _rungs(campaign)
    first: dict[str, Decimal] = defaultdict(Decimal)
    most: dict[str, Decimal] = defaultdict(Decimal)
    people: dict[str, int] = defaultdict(int)
    unpriced: dict[str, int] = defaultdict(int)
    for phones in preview.phones:
        country, count = phones.region, phones.people
        price = table.prices.get(country)
        if price is None:
            unpriced[country] += count
            continue
        people[country] += count
        call = price.call * CALL_MINUTES * count
        if phones.channel == Channel.VOICE:
            first[country] += call
            most[country] += call * late
        else:
            text = price.sms * _segments(wordings, phones.language) * count
            first[country] += text
            most[country] += text * texts + call * calls
    rows = [CountryCost(country, people[country], first[country], most[country]) for country in people]
    rows.sort(key=lambda row: (-row.most, row.country))
    return Costs(table.currency, rows, dict(unpriced))


def text_rungs(campaign: Campaign) -> int:
    """How many texts one person gets at most, the first included."""
    return _rungs(campaign)[0]


def _rungs(campaign: Campaign) -> tuple[int, int, int]:
    """How many texts and calls the ladder has, the first message included, and how many are calls only."""
    rungs = [rung.channel for rung in ladder.of(campaign).rungs] or [Channel.SMS]
    calls = rungs.count(Channel.VOICE)
    return rungs.count(Channel.SMS), calls, max(calls, 1)


def _segments(wordings: Wordings, language: str) -> int:
    try:
        return wordings.of(language).segments
    except KeyError:
        return 0  # no text yet: it cannot be submitted
