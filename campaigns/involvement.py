"""Whether a person who writes has to do with any campaign: asked in one trip, and mostly not.

Every text that may be about somebody's safety passes here, so the statement is prepared; whoever needs more
than a yes asks for it after one.
"""

from dataclasses import dataclass
from typing import Final

from campaigns.models import Campaign, Case
from core.statements import asked
from core.turn import Turn

# Asked is the person: an answer from any phone of theirs counts. A relative writes from the phone that was
# told.
_INVOLVED: Final = """
    WITH ours AS (SELECT ARRAY(SELECT id FROM core_contactpoint WHERE id = %s OR person_id = %s) AS ids)
    SELECT COALESCE(asked, FALSE), COALESCE(alerted, FALSE),
           EXISTS (SELECT FROM campaigns_case WHERE contact_id = ANY(ids) AND state <> %s),
           EXISTS (SELECT FROM campaigns_inquiry WHERE contact_id = %s)
    FROM ours, LATERAL (
        SELECT bool_or(kind = %s) AS asked, bool_or(kind = %s) AS alerted
          FROM campaigns_recipient AS recipient
          JOIN campaigns_campaign AS campaign ON campaign.id = recipient.campaign_id
         WHERE contact_id = ANY(ids) AND asked_at IS NOT NULL
    ) AS campaigns
"""


@dataclass(frozen=True, slots=True)
class Involvement:
    """Whether the person was ever asked by a check-in, alerted, has an open case, was asked about somebody
    close."""

    was_asked: bool
    was_alerted: bool
    has_case: bool
    is_contact: bool


def of(turn: Turn) -> Involvement:
    """The involvement of the person who wrote, as the turn began."""
    return turn.once(_look_up)


def _look_up(turn: Turn) -> Involvement:
    contact = turn.contact
    kinds = Campaign.Kind.CHECK_IN.value, Campaign.Kind.ALERT.value
    values = [contact.pk, contact.person_id, Case.State.CLOSED.value, contact.pk, *kinds]
    (row,) = asked(_INVOLVED, values)
    return Involvement(*row)
