"""A check-in that climbs its ladder: telephones, the minutes that pass, and what is done in each of them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from random import Random
from unittest.mock import patch

import time_machine
from django.conf import settings

from campaigns import batches, dispatch, jobs, ladder
from campaigns.models import Campaign, Recipient
from console import board, words
from core import gateway, people
from tests import make
from tests.caller import Caller, Direct, calling_the_service
from tests.exchange import Exchange
from tests.phone import Phone

_SIDS = count(1_000_000)  # far from the names that the provider gives


@dataclass(slots=True)
class Story:
    """A running check-in, its telephones, and the minutes that pass."""

    line: Direct
    provider: Exchange
    latest: Campaign | None = None

    @property
    def campaign(self) -> Campaign:
        """The one launched last."""
        assert self.latest is not None, "nothing was launched"
        return self.latest

    @property
    def now(self) -> datetime:
        return self.line.clock.now()

    def asks(
        self, *callers: Caller, urgency: int = Campaign.Urgency.NORMAL, country: str = "LY", **columns: object
    ) -> Campaign:
        """Launch a campaign for these phones, which are in that country, and send its first text."""
        made = make.running_campaign(recipients=0, urgency=urgency, now=self.now)
        made.audience = {**made.audience, "countries": [country]}
        made.ladder = list(ladder.default("check-in", urgency).as_json())
        for name, value in columns.items():
            setattr(made, name, value)
        made.save()
        self.latest = made
        for caller in callers:
            point = people.find(caller.number) or make.traveller(
                phone=caller.number, country=country, now=self.now
            )
            Recipient.objects.create(
                campaign=made, batch=made.batches.get(), contact=point, language=point.language
            )
        self.minute()
        return made

    def passes(self, minutes: int) -> None:
        """Let time pass, then do what is done each minute."""
        self.line.advance(minutes * 60)
        self.minute()

    def minute(self) -> None:
        """What the scheduler and a worker do within one minute, twice: none of it may harm."""
        with time_machine.travel(self.now, tick=False):
            for _ in range(2):
                jobs.climb()
                self.works()
                jobs.settle()

    def works(self) -> None:
        rows = [*batches.in_doubt(self.now), *batches.to_send(self.now)]
        if rows:
            dispatch.work(rows[0].pk, clock=lambda: self.now, rng=Random(1), seconds=2.0)

    def texts(self, caller: Caller, words: str) -> str:
        """The person writes; the answer."""
        with time_machine.travel(self.now, tick=False):
            return Phone(caller.number, self.provider, _SIDS).texts(words)

    def inbox(self, caller: Caller) -> int:
        return sum(sms.to == caller.number for sms in self.provider.sent)

    def rung(self, caller: Caller) -> int:
        return sum(call.to == caller.number for call in self.provider.placed)

    def answer(self, caller: Caller, campaign: Campaign | None = None) -> str:
        return self.row(caller, campaign).answer

    def row(self, caller: Caller, campaign: Campaign | None = None) -> Recipient:
        """The phone in that campaign, else in the latest."""
        return next(
            row
            for row in (campaign or self.campaign).recipients.select_related("contact")
            if row.contact and row.contact.phone == caller.number
        )

    def outcomes(self) -> dict[str, int]:
        return {str(words.CALLS[name]): number for name, number in board.calls(self.campaign)}


@contextmanager
def climbing() -> Iterator[Story]:
    """A story that begins at make.NOW. Redis must run."""
    with calling_the_service(make.NOW) as line:
        exchange = Exchange(line)
        with gateway.using(exchange), rates():
            yield Story(line, exchange)


def rates(*, at_once: int = 100) -> AbstractContextManager[object]:
    """One number of ours, quick enough for tests."""
    first, *others = settings.SENDERS
    quick = replace(first, calls_per_second=20.0, segments_per_second=100.0, calls_at_once=at_once)
    mute = (replace(one, sms=False, voice=False) for one in others)
    return patch.object(settings, "SENDERS", (quick, *mute))
