"""How long a campaign takes, and whether its time is long enough: by our rates and its ladder's waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns import costs, expiry, ladder
from campaigns.models import Campaign
from campaigns.preview import Preview
from telephony.messages import Channel


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from the launch until everything is done if nobody answers, and until the campaign ends."""

    takes: float
    lasts: float

    @property
    def is_too_long(self) -> bool:
        """Whether its time is over before everything is done."""
        return self.takes > self.lasts


def span(campaign: Campaign, preview: Preview, now: datetime) -> Span:
    """Reckon it for a launch at `now`, nights not counted: what waits for a morning takes longer.

    People begin one after the other and each waits the same, so the steps overlap: the waits come once, and
    of texts and calls, which have lines of their own, the slower.
    """
    if not preview.total:
        return Span(0.0, _lasts(campaign, now))
    waits = sum((rung.wait for rung in ladder.of(campaign).rungs), timedelta()).total_seconds()
    ahead = costs.ahead(campaign, preview)
    texts = max((one.seconds for one in preview.senders if one.channel is Channel.SMS), default=0.0)
    rounds = max(1, costs.text_rungs(campaign))
    return Span(waits + max(texts * rounds, ahead.seconds), _lasts(campaign, now))


def _lasts(campaign: Campaign, now: datetime) -> float:
    until = campaign.not_after - now if campaign.not_after else expiry.LASTS
    return max(0.0, until.total_seconds())
