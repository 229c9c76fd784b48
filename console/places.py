"""What the board shows of a campaign that takes seconds to count: its people by place, and its calls.

So the board opens without it, and one count serves all officers (`console.kept`).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from campaigns.models import Campaign
from campaigns.tally import Tally
from channels_voice.outcomes import Outcome
from console import board, kept


@dataclass(frozen=True, slots=True)
class Places:
    """The rows by place, most people first; how many calls ended how; of when, and when to ask again (s)."""

    rows: Sequence[board.Row]
    calls: Sequence[tuple[Outcome, int]]
    at: datetime
    again_in: int


def recent(campaign: Campaign, now: datetime) -> Places:
    """The latest count, made now if it is too old and nobody else is making one."""
    found = kept.recent(f"board-places-{campaign.pk}", lambda: _counted(campaign), now)
    rows, calls = json.loads(found.text)
    return Places(
        [board.Row(name, country, Tally(**counts)) for name, country, counts in rows],
        [(Outcome(name), count) for name, count in calls],
        found.at,
        found.again_in(now),
    )


def _counted(campaign: Campaign) -> str:
    rows = [[row.name, row.country, asdict(row.tally)] for row in board.by_place(campaign)]
    return json.dumps([rows, board.calls(campaign)])
