"""From a rule to rows: who exactly gets a campaign, through which sender, in which batch. Set-based SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import connection

from campaigns.audience import Audience
from campaigns.models import PLANNED, Batch, Campaign, Recipient
from campaigns.selection import GROUPED, Group, Params, gone, left_out, phones
from campaigns.texts import Wordings
from core import gateway
from telephony.messages import Channel
from telephony.senders import Sender

BATCH_SECONDS: Final = 4
"""How long a batch keeps its sender's line at most: a worker that is told to stop ends within it."""

BATCH_LARGEST: Final = 500
_BATCH: Final = Batch._meta.db_table
_RECIPIENT: Final = Recipient._meta.db_table


def batch_size(sender: Sender, segments: int) -> int:
    """How many messages of so many segments one batch of that sender holds."""
    fits = int(sender.segments_per_second * BATCH_SECONDS / segments)
    return max(1, min(fits, BATCH_LARGEST))


def freeze(campaign: Campaign, *, now: datetime) -> Mapping[str, int]:
    """Write the campaign's recipients and batches; returns how many were left out, by LeftOut reason.

    Call it in the transaction that launches. A million people are one statement.
    """
    audience = Audience.from_json(campaign.audience)
    rule = audience.rule(two_way=campaign.kind == Campaign.Kind.CHECK_IN, now=now)
    sql, params = phones(rule)
    with connection.cursor() as cursor:
        # Kept for the length of the transaction, so that the people counted are the people written.
        cursor.execute("DROP TABLE IF EXISTS chosen")
        cursor.execute(f"CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS {sql}", params)
        cursor.execute(GROUPED)
        found = [*(Group(*row) for row in cursor.fetchall()), *gone(rule)]
        _write(campaign, "SELECT id AS contact_id, language, sender FROM chosen WHERE reason = ''", {})
        cursor.execute("DROP TABLE chosen")
    return left_out(found)


def freeze_again(campaign: Campaign, *, of: Campaign) -> int:
    """Give the campaign the phones that got, or may have got, the text of another; returns how many."""
    sql = f"""
    SELECT r.contact_id, r.language, b.sender FROM {_RECIPIENT} r JOIN {_BATCH} b ON b.id = r.batch_id
    WHERE r.campaign_id = %(of)s AND r.contact_id IS NOT NULL AND r.asked_at IS NOT NULL
    """  # noqa: S608 - the tables' names are ours
    return _write(campaign, sql, {"of": of.pk})


def _write(campaign: Campaign, people: str, params: Params) -> int:
    """Cut `people` (contact_id, language, sender) into batches and write both; returns how many people."""
    dearest = Wordings(campaign).dearest
    sizes = {sender.id: batch_size(sender, dearest) for sender in gateway.senders()}
    known = {
        **params,
        "campaign": campaign.pk,
        "urgency": campaign.urgency,
        "senders": list(sizes),
        "sizes": list(sizes.values()),
    }
    with connection.cursor() as cursor:
        for statement in (_FROZEN % {"people": people}, _CUT):
            cursor.execute(statement, known)
        # Without it the planner takes the batches for a handful, and looks at all of them for each person.
        cursor.execute("ANALYZE cut")
        cursor.execute(_RECIPIENTS, known)
        written: int = cursor.rowcount
        cursor.execute("DROP TABLE frozen, cut")
    return written


_FROZEN: Final = """
CREATE TEMPORARY TABLE frozen ON COMMIT DROP AS
WITH size AS (SELECT * FROM unnest(%%(senders)s::text[], %%(sizes)s::int[]) AS t (sender, size))
SELECT p.contact_id, p.language, p.sender,
    (row_number() OVER (PARTITION BY p.sender ORDER BY p.contact_id) - 1) / size.size AS number
FROM (%(people)s) p JOIN size ON size.sender = p.sender
"""
_CUT: Final = f"""
CREATE TEMPORARY TABLE cut (id bigint, sender text, number bigint) ON COMMIT DROP;
WITH made AS (
    INSERT INTO {_BATCH} (campaign_id, sender, urgency, number, state, step, channel)
    SELECT DISTINCT %(campaign)s, sender, %(urgency)s, number, '{Batch.State.READY}', 1, '{Channel.SMS}'
    FROM frozen
    RETURNING id, sender, number
)
INSERT INTO cut SELECT id, sender, number FROM made
"""  # noqa: S608 - the tables' names and states are ours
_RECIPIENTS: Final = f"""
INSERT INTO {_RECIPIENT} (campaign_id, batch_id, contact_id, language, delivery, progress, answer, step)
SELECT %(campaign)s, cut.id, frozen.contact_id, frozen.language, '{PLANNED}', 0, '', 0
FROM frozen JOIN cut ON cut.sender = frozen.sender AND cut.number = frozen.number
"""  # noqa: S608 - the tables' names and states are ours
