"""What is done about people who do not answer, as a campaign's author lists it: one row a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.translation import pgettext_lazy

from campaigns import ladder
from campaigns.ladder import Ladder, Step, Way
from campaigns.models import Campaign
from console import words

MOST_ROWS: Final = ladder.MOST_REMINDERS + 2
"""Rows that a sound ladder can have after the first text: the reminders, the contact, the list."""

_MINUTES: Final = 30  # of a new row
_WAY: Final = "step_way"
_WAIT: Final = "step_minutes"


@dataclass(frozen=True, slots=True)
class Row:
    """A step as it stands in the form: maybe half filled in."""

    way: str
    minutes: str


class Climb(forms.Form):
    """Whether the steps are the author's own, and which."""

    own_ladder = forms.BooleanField(
        label=pgettext_lazy("console", "Use these steps instead of the usual ones"),
        help_text=pgettext_lazy(
            "console",
            "At most three reminders, each 5 minutes to 12 hours after the step before. After the first "
            "reminder the emergency contact may be asked once. The case officers' list comes last, within 24 "
            "hours. Drills ask no emergency contact.",
        ),
        required=False,
    )
    rows: Sequence[Row] = ()
    moved: int | None = None
    """The row that was changed just now; None: none was."""

    def take_rows(self) -> None:
        """Show the steps that were typed, else those of the draft, else the usual ones."""
        steps = self.initial.get("steps") or ladder.default(Campaign.Kind.CHECK_IN, Campaign.Urgency.NORMAL)
        self.rows = rows_in(self.data) if isinstance(self.data, QueryDict) and self.is_bound else ()
        self.rows = self.rows or _rows_of(steps)

    def keep_rows(self, other: "Climb", change: str = "") -> None:
        """Show the steps of another form, after one of them was moved, added or left out."""
        self.rows = other.rows
        if change:
            self.rows, self.moved = changed(self.rows, change)

    def ladder(self) -> Ladder | None:
        """The author's own steps; None: the usual ones. Raises ValueError for steps that cannot be used."""
        return _read(self.rows) if self.cleaned_data.get("own_ladder") else None

    def check_ladder(self) -> None:
        """Name the steps as a mistake when they cannot be used, or what asks nothing has some."""
        if self.cleaned_data.get("own_ladder") and self.cleaned_data.get("kind") == Campaign.Kind.ALERT:
            self.add_error("own_ladder", str(words.REFUSALS["unanswered"]))
            return
        try:
            self.ladder()
        except ValueError:
            self.add_error("own_ladder", self.fields["own_ladder"].help_text)


def initial_of(campaign: Campaign) -> Mapping[str, object]:
    """The fields as the draft has them."""
    own = ladder.own(campaign)
    return {"own_ladder": own is not None, "steps": own}


def rows_in(data: QueryDict) -> Sequence[Row]:
    """The rows that were posted."""
    pairs = zip(data.getlist(_WAY), data.getlist(_WAIT), strict=False)
    return [Row(way, minutes.strip()) for way, minutes in pairs][:MOST_ROWS]


def changed(rows: Sequence[Row], what: str) -> tuple[Sequence[Row], int]:
    """The rows after "up-1", "down-1", "away-1" or "add", and which row to look at next.

    Anything else changes nothing.
    """
    verb, _, number = what.partition("-")
    place = int(number) if number.isdecimal() and len(number) < 3 else 0
    made = list(rows)
    target = {"up": place - 1, "down": place + 1}.get(verb, place)
    if verb == "add" and len(made) < MOST_ROWS:
        # Before the officers' list, which stays the last one.
        place = max(len(made) - 1, 0)
        made.insert(place, Row(Way.CALL.value, str(_MINUTES)))
        return made, place
    if verb == "away" and place < len(made):
        del made[place]
        return made, max(min(place, len(made) - 1), 0)
    if verb in {"up", "down"} and place < len(made) and 0 <= target < len(made):
        made[place], made[target] = made[target], made[place]
        return made, target
    return made, place


def _rows_of(steps: object) -> Sequence[Row]:
    if not isinstance(steps, Ladder):
        return ()
    return [Row(rung.way.value, str(int(rung.wait.total_seconds() // 60))) for rung in steps.rungs[1:]]


def _read(rows: Sequence[Row]) -> Ladder:
    """The ladder of these rows. Raises ValueError for one that cannot be used."""
    minutes = [row.minutes for row in rows]
    if not all(typed.isdecimal() and len(typed) < 5 for typed in minutes):
        raise ValueError("minutes are a number")
    steps = [Step(Way(row.way), timedelta(minutes=int(row.minutes))) for row in rows]
    made = Ladder((Step(Way.TEXT, timedelta()), *steps))
    if not made.is_sound():
        raise ValueError("not a ladder that may be used")
    return made
