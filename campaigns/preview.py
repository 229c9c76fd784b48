"""What a launch would do, counted before anybody approves: who, in which words, how, and who not."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from campaigns import ladder
from campaigns.audience import Audience
from campaigns.counting import Phones, counted
from campaigns.models import Campaign
from campaigns.rule import Group, Rule, left_out, reached
from campaigns.selection import groups
from campaigns.texts import Wordings, asks_to_be_read
from channels_voice.outbound import RINGS_FOR
from core import gateway
from telephony.messages import Channel
from telephony.senders import Sender

T = TypeVar("T", bound=Hashable)


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
    """What one sender would have to do: people, segments of texts (0: calls), and the seconds it takes."""

    sender: str
    channel: Channel
    people: int
    segments: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PlacePreview:
    """How many are at a place; `city` '' is unknown, `country` '' are people who were named, not found."""

    country: str
    city: str
    people: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of people; `left_out` by LeftOut reason. `travellers` counts those who travel with them too."""

    total: int
    travellers: int
    by_language: Mapping[str, int]
    by_country: Mapping[str, int]
    by_channel: Mapping[str, int]
    places: Sequence[PlacePreview]
    left_out: Mapping[str, int]
    texts: Sequence[TextPreview]
    senders: Sequence[SenderPreview]
    segments: int
    phones: Sequence[Phones]

    @property
    def seconds(self) -> float:
        """How long the sending takes: the senders work side by side."""
        return max((sender.seconds for sender in self.senders), default=0.0)


def rule_of(campaign: Campaign, now: datetime) -> Rule:
    """Whom a launch at `now` would select."""
    question = campaign.kind == Campaign.Kind.CHECK_IN or asks_to_be_read(campaign)
    calls = ladder.first_call(ladder.of(campaign)) is not None
    return Rule(Audience.from_json(campaign.audience), now, two_way=question, calls=calls)


def preview(campaign: Campaign, now: datetime) -> Preview:
    """Count what a launch at `now` would freeze; the same SQL, nothing written."""
    counts = counted(rule_of(campaign, now))
    found = counts.groups
    meant = [group for group in found if not group.reason]
    languages = _sums((group.language, group.people) for group in meant)
    places = _sums(((group.country, group.city), group.people) for group in meant)
    texts = _texts(Wordings(campaign), languages)
    texted = _sums((group.language, group.people) for group in meant if group.channel == Channel.SMS)
    cost = {text.language: text.segments for text in texts}
    return Preview(
        total=languages.total(),
        travellers=sum(group.travellers for group in meant),
        by_language=dict(languages.most_common()),
        by_country=dict(_sums((group.country, group.people) for group in meant).most_common()),
        by_channel=dict(_sums((group.channel, group.people) for group in meant).most_common()),
        places=[PlacePreview(country, city, people) for (country, city), people in places.most_common()],
        left_out=left_out(found),
        texts=texts,
        senders=list(_senders(meant, cost)),
        segments=sum(count * cost[language] for language, count in texted.items()),
        phones=counts.phones,
    )


def count(campaign: Campaign, now: datetime) -> int:
    """How many recipients a launch at `now` would make."""
    return reached(groups(rule_of(campaign, now)))


def calls_a_second(sender: Sender) -> float:
    """What the sender's lines let through: one that rings in vain is taken for as long as it rings."""
    return min(sender.calls_per_second, sender.calls_at_once / RINGS_FOR)


def _sums(counts: Iterable[tuple[T, int]]) -> Counter[T]:
    found: Counter[T] = Counter()
    for what, people in counts:
        found[what] += people
    return found


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


def _senders(meant: Sequence[Group], cost: Mapping[str, int]) -> Iterator[SenderPreview]:
    for sender in gateway.senders():
        for channel in Channel:
            mine = [group for group in meant if (group.sender, group.channel) == (sender.id, channel)]
            people = sum(group.people for group in mine)
            if channel is Channel.SMS:
                segments = sum(group.people * cost[group.language] for group in mine)
                seconds = segments / sender.segments_per_second
            else:
                segments, seconds = 0, people / calls_a_second(sender)
            if people:
                yield SenderPreview(sender.id, channel, people, segments, seconds)
