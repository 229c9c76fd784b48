"""An answer is written down: in one statement that keeps what must not be replaced.

Every answer to a check-in passes here, half a country's within minutes, so the statement is prepared.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaigns.models import Case, Recipient
from core.models import ContactPoint
from core.statements import asked

_NOTE: Final = """
    WITH noted AS (
        UPDATE campaigns_recipient SET answer = %s, answered_at = %s, due_at = NULL,
            asked_at = COALESCE(asked_at, %s)
        WHERE id = %s AND answer <> ALL(%s::text[]) RETURNING id
    ),
    ours AS (SELECT ARRAY(SELECT id FROM core_contactpoint WHERE id = %s OR person_id = %s) AS ids)
    SELECT EXISTS (SELECT FROM noted),
           EXISTS (SELECT FROM campaigns_case WHERE contact_id = ANY(ids) AND state <> %s)
    FROM ours
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of an answer: the rows that hold it now, and whether the person has an open case."""

    rows: Sequence[Recipient]
    has_case: bool


def note(
    contact: ContactPoint,
    rows: Sequence[Recipient],
    answer: Recipient.Answer,
    *,
    keeps: Collection[Recipient.Answer],
    now: datetime,
) -> Noted:
    """Write the answer that came from this phone into those rows whose own is none of `keeps`.

    Whoever called before their text left has been asked from now on, and may say something else later.
    """
    noted, has_case = [], False
    for row in rows:  # mostly one; of a list of them the database would make a plan anew each time
        values = [
            *(answer.value, now, now, row.pk, [kept.value for kept in keeps]),
            *(contact.pk, contact.person_id, Case.State.CLOSED.value),
        ]
        ((written, has_case),) = asked(_NOTE, values)
        if written:
            row.answer, row.answered_at, row.due_at = answer.value, now, None
            row.asked_at = row.asked_at or now
            noted.append(row)
    return Noted(noted, has_case)
