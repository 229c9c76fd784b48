"""What the live board shows of one campaign: counts, and when, where and in which language they came."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Case, Count, DateTimeField, F, Func, Q, QuerySet, Value, When
from django.utils.functional import Promise

from campaigns import collecting, correction, tally
from campaigns.models import OUT_OF_TIME, PLANNED, SKIPPED, Campaign, Recipient
from campaigns.tally import Tally
from campaigns.texts import Wording, Wordings
from channels_voice.models import Call
from channels_voice.outcomes import Outcome, outcome_of
from console import release, words
from console.signs import Sign
from core.models import Message
from telephony.messages import CallStatus, Channel, DeliveryStatus

TREND: Final = timedelta(minutes=10)
"""The span that "in the last ten minutes" looks back."""

_WIDTH: Final = 600
_HEIGHT: Final = 100
_STREAM: Final = 6

_LEFT: Final = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
FAILED: Final = (DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED, SKIPPED)

# The recipient answered while the line of the call was open.
_ANSWERED: Final = "message__attempt__recipient__answered_at"
_KEYED: Final = Case(
    When(
        Q(**{f"{_ANSWERED}__gte": F("created_at")})
        & (Q(**{f"{_ANSWERED}__lte": F("status_at")}) | Q(status=CallStatus.IN_PROGRESS)),
        then=Value(value=True),
    ),
    default=Value(value=False),
)

# date_trunc would look its time zone up for each row.
_MINUTE: Final = Func(
    Value(timedelta(minutes=1)),
    F("answered_at"),
    Value(datetime(2000, 1, 1, tzinfo=UTC)),
    function="date_bin",
    output_field=DateTimeField(),
)


def _said(answer: Recipient.Answer) -> Q:
    """With the moment, which stands in the index of the answers: nobody answers without one."""
    return Q(answer=answer, answered_at__isnull=False)


# The rows behind each figure, in the same terms as campaigns.tally; a test holds the two together.
ROWS: Final[Mapping[str, Q]] = {
    "total": Q(),
    "planned": Q(delivery=PLANNED),
    "sending": Q(delivery__in=(DeliveryStatus.QUEUED, DeliveryStatus.SENDING)),
    "sent": Q(delivery=DeliveryStatus.SENT),
    "delivered": Q(delivery=DeliveryStatus.DELIVERED),
    "left": Q(delivery__in=_LEFT),
    "failed": Q(delivery__in=FAILED),
    "answered": ~Q(answer="") & Q(answered_at__isnull=False),
    Sign.NEEDS_HELP: _said(Recipient.Answer.NEEDS_HELP),
    Sign.SAFE: _said(Recipient.Answer.SAFE),
    Sign.NOT_THERE: _said(Recipient.Answer.NOT_THERE),
    Sign.UNCLEAR: _said(Recipient.Answer.UNCLEAR),
    Sign.ACKNOWLEDGED: _said(Recipient.Answer.ACKNOWLEDGED),
    Sign.SILENT: Q(answer="", delivery__in=_LEFT),
    Sign.UNREACHABLE: Q(answer="", delivery__in=FAILED),
}

ANSWERED: Final = frozenset(
    {"answered", Sign.NEEDS_HELP, Sign.SAFE, Sign.NOT_THERE, Sign.UNCLEAR, Sign.ACKNOWLEDGED}
)
"""Of these, those of people who answered."""


@dataclass(frozen=True, slots=True)
class Row:
    """One language or place, with its own tally."""

    name: str
    country: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row of such a table as it is released."""

    name: str
    country: str
    tally: release.Told


@dataclass(frozen=True, slots=True)
class Steps:
    """Answers over time as two stepped lines in a box of 600 by 100, and the span they cover."""

    answered: str
    help: str
    start: datetime
    end: datetime
    top: release.Count


def figures(campaign: Campaign) -> Mapping[str, int]:
    """Every count of the board's first two lines, by name. `left` is what has gone out so far."""
    counts = tally.of(campaign)
    return asdict(counts) | {
        "answered": counts.answered,
        "left": counts.sent + counts.delivered,
    }


def told(campaign: Campaign, now: datetime, *, exactly: bool) -> Mapping[str, release.Count]:
    """The figures with the `trend`: exactly to who may see the people behind them, else as released."""
    return as_told(campaign, exact(campaign, now), exactly=exactly)


def exact(campaign: Campaign, now: datetime) -> Mapping[str, int]:
    """The figures with the `trend`, for who may see the people behind them."""
    return {**figures(campaign), "trend": trend(campaign, now)}


def as_told(campaign: Campaign, counts: Mapping[str, int], *, exactly: bool) -> Mapping[str, release.Count]:
    """The same counts for who may, else as released."""
    return counts if exactly else release.figures(counts, read=campaign.acknowledge)


def released(campaign: Campaign, rows: Sequence[Row]) -> Sequence[ToldRow]:
    """A table for who may not see the people behind it."""
    tallies = release.table([row.tally for row in rows], read=campaign.acknowledge)
    return [ToldRow(row.name, row.country, told) for row, told in zip(rows, tallies, strict=True)]


def standing(campaign: Campaign) -> str:
    """Where it stands, in one word: while it is the same, a page offers the same steps."""
    return f"{campaign.state}-corrected" if campaign.corrections.exists() else campaign.state


def trend(campaign: Campaign, now: datetime) -> int:
    """How many answered in the last ten minutes."""
    return Recipient.objects.filter(campaign=campaign, answered_at__gt=now - TREND).count()


def by_language(campaign: Campaign) -> Sequence[Row]:
    """The tally of each language, most people first."""
    return _rows({(language, ""): counts for language, counts in tally.by_language(campaign).items()})


def by_place(campaign: Campaign) -> Sequence[Row]:
    """The tally of each city that people named, most people first; forgotten people have no place."""
    return _rows({(city, country): counts for (city, country), counts in tally.by_place(campaign).items()})


def by_minute(campaign: Campaign) -> Sequence[tuple[datetime, str, int]]:
    """How many gave which answer in each minute, the first minute first: read from an index alone."""
    rows = Recipient.objects.filter(campaign=campaign, answered_at__isnull=False).annotate(minute=_MINUTE)
    # Counting rows, not keys: the key stands in the table only.
    found = rows.values_list("minute", "answer").annotate(people=Count("*")).order_by("minute")
    return [(minute, answer, count) for minute, answer, count in found]


def over_time(
    campaign: Campaign, minutes: Sequence[tuple[datetime, str, int]], now: datetime, *, exactly: bool = True
) -> Steps | None:
    """These answers as they came in until `now`; None before the first. Not exactly: in steps of several."""
    if not minutes:
        return None
    start = min(campaign.launched_at or minutes[0][0], minutes[0][0])
    end = max(min(now, campaign.ended_at or now), minutes[-1][0] + timedelta(minutes=1))
    every: dict[datetime, int] = defaultdict(int)
    cries: dict[datetime, int] = defaultdict(int)
    for minute, answer, count in minutes:
        every[minute] += count
        if answer == Recipient.Answer.NEEDS_HELP:
            cries[minute] += count
    top = sum(every.values())
    step = 1 if exactly else release.STEP
    answered, cried = (_path(counts, start, end, top, step=step) for counts in (every, cries))
    return Steps(answered, cried, start, end, top if exactly else release.rounded(top))


def stream(campaign: Campaign) -> QuerySet[Recipient]:
    """The latest answers: which, in which language, when. Nothing that tells who."""
    return Recipient.objects.filter(campaign=campaign, answered_at__isnull=False).order_by(
        "-answered_at", "-pk"
    )[:_STREAM]


def asked(campaign: Campaign) -> int:
    """How many phones got its text, or may have: whom a correction reaches."""
    return tally.reached(campaign)


def waiting(campaign: Campaign) -> int:
    """To how many something is still to be sent: the message, or the next step of the ladder."""
    return tally.waiting(campaign) + collecting.to_come(campaign)


def unfinished(campaign: Campaign, *, exactly: bool = True) -> Mapping[str, release.Count]:
    """Of a campaign that its time ended: who was never asked, and who was and has not answered."""
    counts = tally.of(campaign)
    never = counts.planned + campaign.left_out.get(OUT_OF_TIME, 0)
    if exactly:
        return {"never_asked": never, "silent": counts.silent}
    told = release.tally(counts, read=campaign.acknowledge)
    return {"never_asked": release.rounded(never), "silent": told.silent}


def calls(campaign: Campaign) -> Sequence[tuple[Outcome, int]]:
    """How the calls ended, in the order of words.CALLS; none of a kind is not listed.

    A pass over all attempts of a campaign that calls: two seconds for 300,000 calls to a million people.
    """
    if not campaign.batches.filter(channel=Channel.VOICE).exists():
        return []
    rows = Call.objects.filter(message__attempt__recipient__campaign=campaign).annotate(keyed=_KEYED)
    groups = rows.values_list("status", "answered_by", "declined", "keyed").annotate(Count("pk")).order_by()
    counts: Counter[Outcome] = Counter()
    for status, by, declined, keyed, count in groups:
        counts[outcome_of(status, by, declined=declined, keyed=keyed)] += count
    return [(Outcome(name), counts[Outcome(name)]) for name in words.CALLS if counts[Outcome(name)]]


def last_calls(rows: Sequence[Recipient]) -> Mapping[int, str | Promise]:
    """How the latest call to each of these recipients ended, in words; the others are left out."""
    found = Call.objects.filter(message__attempt__recipient__in=rows).annotate(keyed=_KEYED).order_by("pk")
    return {
        recipient: words.CALLS[outcome_of(status, by, declined=declined, keyed=keyed)]
        for recipient, status, by, declined, keyed in found.values_list(
            "message__attempt__recipient", "status", "answered_by", "declined", "keyed"
        )
    }


def call_of(message: Message) -> str:
    """How the call ended that this message was, in words; empty for a text."""
    calls = Call.objects.filter(message=message).annotate(keyed=_KEYED)
    row = calls.values_list("status", "answered_by", "declined", "keyed").first()
    if row is None:
        return ""
    status, by, declined, keyed = row
    return str(words.CALLS[outcome_of(status, by, declined=declined, keyed=keyed)])


def texts(campaign: Campaign) -> Sequence[Wording]:
    """The words in every language they were written in, as they leave: a drill is marked as one."""
    wordings = Wordings(campaign)
    written = campaign.texts.order_by("language").values_list("language", flat=True)
    return [wordings.of(language) for language in written]


def corrections(campaign: Campaign, spoken: Sequence[str] = ()) -> Sequence[Wording]:
    """The words ready for withdrawing it: in these languages, and in those the author wrote in."""
    wordings = correction.wordings(campaign)
    return [wordings.of(tag) for tag in dict.fromkeys([*spoken, *sorted(campaign.correction)])]


def languages_of(campaign: Campaign) -> Sequence[str]:
    """The languages of a launched campaign's people, most people first."""
    return [row.name for row in by_language(campaign)]


def countries(campaign: Campaign) -> Sequence[str]:
    """The countries a campaign asks about."""
    return list(campaign.audience.get("countries", ()))


def _rows(found: Mapping[tuple[str, str], Tally]) -> Sequence[Row]:
    rows = [Row(name, country, counts) for (name, country), counts in found.items()]
    return sorted(rows, key=lambda row: (-row.tally.total, row.name))


def _path(counts: Mapping[datetime, int], start: datetime, end: datetime, top: int, *, step: int) -> str:
    """A stepped line through the running total, which rises by so many at once, in SVG's path language."""
    span = max((end - start).total_seconds(), 1)
    running = 0
    parts = [f"M0 {_HEIGHT}"]
    for minute in sorted(counts):
        running += counts[minute]
        across = round(_WIDTH * max((minute - start).total_seconds(), 0) / span, 1)
        risen = running - running % step
        parts.append(f"H{across}V{round(_HEIGHT - _HEIGHT * risen / top, 1)}")
    parts.append(f"H{_WIDTH}")
    return "".join(parts)


def figures_of(campaigns: Sequence[Campaign]) -> Sequence[tuple[Campaign, Tally]]:
    """Each campaign with its tally: one query for all of them."""
    tallies = tally.of_each(campaigns)
    return [(campaign, tallies[campaign.pk]) for campaign in campaigns]
