"""When a campaign's answers came, minute by minute: one count serves all officers for some seconds."""

import json
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Campaign
from console import board, kept


@dataclass(frozen=True, slots=True)
class Answers:
    """The stepped line of the answers until `at`, None before the first; when to ask again (seconds)."""

    line: board.Steps | None
    at: datetime
    again_in: int


def recent(campaign: Campaign, now: datetime, *, exactly: bool) -> Answers:
    """The latest count, made now if it is too old and nobody else is making one."""
    found = kept.recent(f"board-minutes-{campaign.pk}", lambda: _counted(campaign), now)
    minutes = [(datetime.fromisoformat(at), answer, count) for at, answer, count in json.loads(found.text)]
    return Answers(
        board.over_time(campaign, minutes, found.at, exactly=exactly), found.at, found.again_in(now)
    )


def _counted(campaign: Campaign) -> str:
    return json.dumps([[at.isoformat(), answer, count] for at, answer, count in board.by_minute(campaign)])
