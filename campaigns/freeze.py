"""From a rule to rows: who exactly gets a campaign, through which sender, in which batch. Set-based SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import connection

from campaigns import ladder
from campaigns.models import PLANNED, Batch, Campaign, Recipient
from campaigns.preview import rule_of
from campaigns.selection import Group, Statement, besides, left_out, phones
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


def calls_in_batch(sender: Sender) -> int:
    """How many calls one batch of that sender holds."""
    return max(1, min(int(sender.calls_per_second * BATCH_SECONDS), sender.calls_at_once))


def freeze(campaign: Campaign, *, now: datetime) -> Mapping[str, int]:
    """Write the campaign's recipients and batches; returns how many were left out, by LeftOut reason.

    Call it in the transaction that launches. A million people are one statement. Whoever takes no texts, or
    whom no sender can text, begins on the ladder's first call.
    """
    rule = rule_of(campaign, now)
    found = phones(rule)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS {found.sql}", found.params)
        cursor.execute(_GROUPED)
        counts = [*(Group(*row) for row in cursor.fetchall()), *besides(rule)]
        people = "SELECT id AS contact_id, language, sender, channel FROM chosen WHERE reason = ''"
        _write(campaign, Statement(people, {}))
        cursor.execute("DROP TABLE chosen")
    return left_out(counts)


def freeze_again(campaign: Campaign, *, of: Campaign) -> int:
    """Give the campaign the phones that got, or may have got, the text of another; returns how many."""
    sql = f"""
    SELECT r.contact_id, r.language, b.sender, '{Channel.SMS}' AS channel
    FROM {_RECIPIENT} r JOIN {_BATCH} b ON b.id = r.batch_id
    WHERE r.campaign_id = %(of)s AND r.contact_id IS NOT NULL AND r.asked_at IS NOT NULL
    """  # noqa: S608 - the tables' names are ours
    return _write(campaign, Statement(sql, {"of": of.pk}))


def _write(campaign: Campaign, people: Statement) -> int:
    """Cut `people` (contact_id, language, sender, channel) into batches; returns how many people."""
    dearest = Wordings(campaign).dearest
    senders = gateway.senders()
    called = ladder.first_call(ladder.of(campaign)) or 1
    known = {
        **people.params,
        "campaign": campaign.pk,
        "urgency": campaign.urgency,
        "senders": [sender.id for sender in senders] * 2,
        "channels": [channel.value for channel in (Channel.SMS, Channel.VOICE) for _ in senders],
        "sizes": [batch_size(one, dearest) for one in senders] + [calls_in_batch(one) for one in senders],
        "steps": [1] * len(senders) + [called] * len(senders),
    }
    with connection.cursor() as cursor:
        for statement in (_FROZEN % {"people": people.sql}, _CUT):
            cursor.execute(statement, known)
        # Without it the planner takes the batches for a handful, and looks at all of them for each person.
        cursor.execute("ANALYZE cut")
        cursor.execute(_RECIPIENTS, known)
        written: int = cursor.rowcount
        cursor.execute("DROP TABLE frozen, cut")
    return written


_GROUPED: Final = """
SELECT language, country, city, sender, channel, reason, count(*), sum(party)::bigint FROM chosen
GROUP BY 1, 2, 3, 4, 5, 6
"""
_FROZEN: Final = """
CREATE TEMPORARY TABLE frozen ON COMMIT DROP AS
WITH size AS (
    SELECT * FROM unnest(%%(senders)s::text[], %%(channels)s::text[], %%(sizes)s::int[], %%(steps)s::int[])
        AS t (sender, channel, size, step)
)
SELECT p.contact_id, p.language, p.sender, p.channel, size.step,
    (row_number() OVER (PARTITION BY p.sender, p.channel ORDER BY p.contact_id) - 1) / size.size AS number
FROM (%(people)s) p JOIN size ON size.sender = p.sender AND size.channel = p.channel
"""
_CUT: Final = f"""
CREATE TEMPORARY TABLE cut (id bigint, sender text, channel text, step int, number bigint) ON COMMIT DROP;
WITH made AS (
    INSERT INTO {_BATCH} (campaign_id, sender, urgency, number, state, step, channel)
    SELECT DISTINCT %(campaign)s, sender, %(urgency)s, number, '{Batch.State.READY}', step, channel
    FROM frozen RETURNING id, sender, channel, step, number
)
INSERT INTO cut SELECT id, sender, channel, step, number FROM made
"""  # noqa: S608 - the tables' names and states are ours
# Below the step of their batch: they wait in it.
_RECIPIENTS: Final = f"""
INSERT INTO {_RECIPIENT} (campaign_id, batch_id, contact_id, language, delivery, progress, answer, step)
SELECT %(campaign)s, cut.id, frozen.contact_id, frozen.language, '{PLANNED}', 0, '', cut.step - 1
FROM frozen JOIN cut
    ON cut.sender = frozen.sender AND cut.channel = frozen.channel AND cut.number = frozen.number
"""  # noqa: S608 - the tables' names and states are ours
