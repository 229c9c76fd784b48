"""A campaign's ladder: what is done, and after how long, about people who do not answer. Data, not code.

The first step is the campaign's own text. The ladder that was shown to the approver is stored with the
approval and followed from then on, whatever the default becomes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from campaigns.models import Campaign
from telephony.messages import Channel

LIST: Final = "officer"
"""How the last step is written: no channel, but the case officers' list."""


@dataclass(frozen=True, slots=True)
class Step:
    """`wait` after the step before it, a text or a call; without a channel: the case officers' list."""

    channel: Channel | None
    wait: timedelta
    times: int = 1


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps in order. Empty: nobody is asked twice."""

    steps: Sequence[Step] = ()

    @property
    def rungs(self) -> Sequence[Step]:
        """One step for each time."""
        return [Step(step.channel, step.wait) for step in self.steps for _ in range(step.times)]

    def rung(self, number: int) -> Step | None:
        """The `number`-th rung, from 1; None beyond the last."""
        rungs = self.rungs
        return rungs[number - 1] if 1 <= number <= len(rungs) else None

    def as_json(self) -> Sequence[Mapping[str, str | int]]:
        """The rows that Campaign.ladder keeps: [{"channel": "voice", "minutes": 30, "times": 2}, ...]."""
        return [
            {
                "channel": step.channel.value if step.channel else LIST,
                "minutes": int(step.wait.total_seconds() // 60),
                "times": step.times,
            }
            for step in self.steps
        ]

    @classmethod
    def from_json(cls, rows: Sequence[Mapping[str, str | int]]) -> "Ladder":
        """Read `as_json`. Raises ValueError or KeyError for anything else."""
        return cls(
            tuple(
                Step(
                    channel=None if row["channel"] == LIST else Channel(str(row["channel"])),
                    wait=timedelta(minutes=int(row["minutes"])),
                    times=int(row["times"]),
                )
                for row in rows
            )
        )


# Minutes before: the text again, the first call, the second call, the officers' list. People mostly answer
# within ten minutes of a text; a phone that is busy or off is worth another try half an hour later.
_MINUTES: Final[Mapping[int, tuple[int, int, int, int]]] = {
    Campaign.Urgency.LIFE_SAVING: (10, 10, 15, 15),
    Campaign.Urgency.NORMAL: (30, 30, 60, 30),
    Campaign.Urgency.ROUTINE: (240, 240, 240, 120),
}


def default(kind: str, urgency: int) -> Ladder:
    """The ladder of a new campaign: information without a question has none."""
    if kind != Campaign.Kind.CHECK_IN:
        return Ladder()
    again, call, second_call, listed = (timedelta(minutes=minutes) for minutes in _MINUTES[urgency])
    return Ladder(
        (
            Step(Channel.SMS, timedelta()),
            Step(Channel.SMS, again),
            Step(Channel.VOICE, call),
            Step(Channel.VOICE, second_call),
            Step(None, listed),
        )
    )


def first_call(ladder: Ladder) -> int | None:
    """The number of the first rung that is a call: where whoever takes no texts begins. None without one."""
    rungs = enumerate(ladder.rungs, start=1)
    return next((number for number, rung in rungs if rung.channel is Channel.VOICE), None)


def of(campaign: Campaign) -> Ladder:
    """The ladder that was approved; before that, the one that would be."""
    if campaign.approved_at is None and campaign.launched_at is None:
        return default(campaign.kind, campaign.urgency)
    return Ladder.from_json(campaign.ladder)
