"""Whether a person who writes has to do with any campaign: asked in one trip, and mostly not.

Every text that may be about somebody's safety passes here, so the statement is prepared; whoever needs more
than a yes asks for it after one.
"""

from dataclasses import dataclass
from typing import Final

from campaigns.models import Case
from core.statements import asked
from core.turn import Turn

# Asked is the person: an answer from any phone of theirs counts. A relative writes from the phone that was
# told.
_INVOLVED: Final = """
    WITH ours AS (SELECT ARRAY(SELECT id FROM core_contactpoint WHERE id = %s OR person_id = %s) AS ids)
    SELECT EXISTS (SELECT FROM campaigns_recipient WHERE contact_id = ANY(ids) AND asked_at IS NOT NULL),
           EXISTS (SELECT FROM campaigns_case WHERE contact_id = ANY(ids) AND state <> %s),
           EXISTS (SELECT FROM campaigns_inquiry WHERE contact_id = %s)
    FROM ours
"""


@dataclass(frozen=True, slots=True)
class Involvement:
    """Whether the person was ever asked or alerted, has an open case, was asked about somebody close."""

    was_asked: bool
    has_case: bool
    is_contact: bool


def of(turn: Turn) -> Involvement:
    """The involvement of the person who wrote, as the turn began."""
    return turn.once(_look_up)


def _look_up(turn: Turn) -> Involvement:
    contact = turn.contact
    values = [contact.pk, contact.person_id, Case.State.CLOSED.value, contact.pk]
    (row,) = asked(_INVOLVED, values)
    return Involvement(*row)
