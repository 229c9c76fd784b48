"""A campaign's ladder: what is done, and after how long, about people who do not answer. Data, not code.

The first step is the campaign's own text. An author may choose another ladder than the usual one. The one
that was shown to the approver is stored with the approval and followed from then on, whatever becomes usual.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from campaigns.models import Campaign
from telephony.messages import Channel


class Way(StrEnum):
    """What is done on a rung. The values are how Campaign.ladder keeps it and the command line takes it."""

    TEXT = "sms"
    OTHER_SENDER = "other-sender"  # the text from another number of ours, where one reaches the phone
    CALL = "voice"
    CONTACT = "contact"  # a text to the person's emergency contact, who was told and did not refuse
    LIST = "officer"  # the case officers' list


_CHANNELS: Final[Mapping[Way, Channel]] = {
    Way.TEXT: Channel.SMS,
    Way.OTHER_SENDER: Channel.SMS,
    Way.CALL: Channel.VOICE,
}

MOST_REMINDERS: Final = 3
"""How often a person is asked again at most, by text or call (crisis unit: "reminder cap 3")."""

SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=12)
"""A wait before one of our texts or calls; people mostly answer within ten minutes of a text."""

WITHIN: Final = timedelta(hours=24)
"""The last step comes sooner than that."""


@dataclass(frozen=True, slots=True)
class Step:
    """`wait` after the step before it, then what `way` says, `times` times."""

    way: Way
    wait: timedelta
    times: int = 1

    @property
    def channel(self) -> Channel | None:
        """On which channel the person is asked; None where the person is not."""
        return _CHANNELS.get(self.way)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps in order. Empty: nobody is asked twice."""

    steps: Sequence[Step] = ()

    @property
    def rungs(self) -> Sequence[Step]:
        """One step for each time."""
        return [Step(step.way, step.wait) for step in self.steps for _ in range(step.times)]

    def rung(self, number: int) -> Step | None:
        """The `number`-th rung, from 1; None beyond the last."""
        rungs = self.rungs
        return rungs[number - 1] if 1 <= number <= len(rungs) else None

    def is_sound(self) -> bool:
        """Whether an officer may have it so.

        First the text, at once; then at most MOST_REMINDERS texts and calls, and the emergency contact once,
        after one of them; last the case officers' list, so that nobody silent is forgotten. The contact and
        the list may follow at once.
        """
        if not all(1 <= step.times <= MOST_REMINDERS for step in self.steps):
            return False
        rungs = self.rungs
        if len(rungs) < 2 or rungs[0] != Step(Way.TEXT, timedelta()):
            return False
        following = [rung.way for rung in rungs[1:]]
        asked_again = [rung for rung in rungs[1:] if rung.channel]
        contact = following.index(Way.CONTACT) if Way.CONTACT in following else 1
        return (
            Way.LIST not in following[:-1]
            and following[-1] is Way.LIST
            and len(asked_again) <= MOST_REMINDERS
            and following.count(Way.CONTACT) <= 1
            and contact > 0
            and all(rung.wait >= SHORTEST for rung in asked_again)
            and all(timedelta() <= rung.wait <= LONGEST for rung in rungs)
            and sum((rung.wait for rung in rungs), timedelta()) < WITHIN
        )

    def as_json(self) -> Sequence[Mapping[str, str | int]]:
        """The rows that Campaign.ladder keeps: [{"channel": "voice", "minutes": 30, "times": 2}, ...]."""
        return [
            {
                "channel": step.way.value,
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
                    way=Way(str(row["channel"])),
                    wait=timedelta(minutes=int(row["minutes"])),
                    times=int(row["times"]),
                )
                for row in rows
            )
        )


# Minutes before: the text again, the first call, the second call, the emergency contact, the officers' list.
# A phone that is busy or off is worth another try half an hour later. Relatives are not alarmed by what can
# wait.
_MINUTES: Final[Mapping[int, tuple[int, int, int, int | None, int]]] = {
    Campaign.Urgency.LIFE_SAVING: (10, 10, 15, 15, 5),
    Campaign.Urgency.NORMAL: (30, 30, 60, 30, 15),
    Campaign.Urgency.ROUTINE: (240, 240, 240, None, 120),
}
_WAYS: Final = (Way.TEXT, Way.CALL, Way.CALL, Way.CONTACT, Way.LIST)


def is_answered(kind: str, *, acknowledge: bool) -> bool:
    """Whether people can end the ladder by an answer; what asks them nothing is sent once."""
    return kind == Campaign.Kind.CHECK_IN or acknowledge


def default(kind: str, urgency: int) -> Ladder:
    """The ladder of a campaign whose author chose none: information without a question has none."""
    if kind != Campaign.Kind.CHECK_IN:
        return Ladder()
    waits = zip(_WAYS, _MINUTES[urgency], strict=True)
    following = [Step(way, timedelta(minutes=wait)) for way, wait in waits if wait is not None]
    return Ladder((Step(Way.TEXT, timedelta()), *following))


_WORDS: Final[Mapping[str, Way]] = {
    "text": Way.TEXT,
    "other": Way.OTHER_SENDER,
    "call": Way.CALL,
    "contact": Way.CONTACT,
    "list": Way.LIST,
    **{way.value: way for way in Way},
}
_WORD: Final = re.compile(r"([a-z-]+)[ :]+(\d{1,4})(?:\s*x\s*(\d))?")


def parse(written: str) -> Ladder:
    """Read a ladder as it is typed: the steps after the first text, each with its wait in minutes.

    "text 30, call 30 x2, contact 30, list 15", or the rows of `as_json` in JSON with the first text. Raises
    ValueError for what cannot be read or is not sound.
    """
    if written.lstrip().startswith("["):
        try:
            made = Ladder.from_json(json.loads(written))
        except (KeyError, TypeError) as error:
            raise ValueError("rows have channel, minutes and times") from error
    else:
        made = Ladder((Step(Way.TEXT, timedelta()), *map(_step, written.split(","))))
    if not made.is_sound():
        raise ValueError("not a ladder that may be used")
    return made


def _step(written: str) -> Step:
    found = _WORD.fullmatch(written.strip().lower())
    if found is None or found[1] not in _WORDS:
        raise ValueError(f"not a step: {written.strip()}")
    return Step(_WORDS[found[1]], timedelta(minutes=int(found[2])), int(found[3] or 1))


def first_call(ladder: Ladder) -> int | None:
    """The number of the first rung that is a call: where whoever takes no texts begins. None without one."""
    rungs = enumerate(ladder.rungs, start=1)
    return next((number for number, rung in rungs if rung.channel is Channel.VOICE), None)


def list_rung(ladder: Ladder) -> int | None:
    """The number of the rung that is the case officers' list; None without one."""
    rungs = enumerate(ladder.rungs, start=1)
    return next((number for number, rung in rungs if rung.way is Way.LIST), None)


def of(campaign: Campaign) -> Ladder:
    """The ladder that was approved; before that, the author's own, else the one that would be."""
    if campaign.approved_at is None and campaign.launched_at is None and not campaign.ladder:
        return default(campaign.kind, campaign.urgency)
    return Ladder.from_json(campaign.ladder)


def own(campaign: Campaign) -> Ladder | None:
    """The ladder that the author chose instead of the usual one; None: the usual one."""
    usual = default(campaign.kind, campaign.urgency)
    chosen = Ladder.from_json(campaign.ladder)
    return chosen if chosen.steps and chosen != usual else None
