"""How a phone that a rule finds is reached, or why it is not: sender, channel and reason, as SQL.

The rows that are judged have `state`, `region` and `slot` of a phone, and whether its person is `spared`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from campaigns.audience import Reach
from campaigns.rule import LeftOut, Params, Rule
from core import gateway, reach, sender_health
from telephony.messages import Channel

_TEXTED: Final = f"(s.state & {reach.NO_TEXTS} = 0 AND texting.sender IS NOT NULL)"
_CALLED: Final = f"(%(calls)s AND s.state & {reach.NO_CALLS} = 0 AND calling.sender IS NOT NULL)"
_REASON: Final = f"""
    CASE WHEN s.spared THEN '{LeftOut.SPARED}'
         WHEN s.state & {reach.STOPPED} > 0 THEN '{LeftOut.OPTED_OUT}'
         WHEN {_TEXTED} OR {_CALLED} THEN ''
         WHEN s.state & {reach.NO_TEXTS} = 0 THEN '{LeftOut.NO_SENDER}'
         WHEN NOT %(calls)s THEN '{LeftOut.REFUSES_TEXTS}'
         WHEN s.state & {reach.NO_CALLS} > 0 THEN '{LeftOut.REFUSES_BOTH}'
         ELSE '{LeftOut.NO_CALLER}' END
"""
SPREAD: Final = f"%(key)s %%%% {gateway.SPREAD_KEYS} * {gateway.SPREAD_FACTOR} %%%% {gateway.SPREAD_RANGE}"
"""`gateway.spread`; still to be filled in with a column, and then with parameters."""

SHARE: Final = """
share AS (SELECT * FROM unnest(
    %(channels)s::text[], %(regions)s::text[], %(slots)s::int[], %(senders)s::text[]
) AS t (channel, region, slot, sender))
"""
"""Which sender has which part of the spread: a WITH clause that `judged` joins."""


def judged(rows: str) -> str:
    """The rows with sender, channel and reason."""
    return f"""
    SELECT s.*, {_REASON} AS reason,
        CASE WHEN {_TEXTED} THEN texting.sender WHEN {_CALLED} THEN calling.sender ELSE '' END AS sender,
        CASE WHEN {_TEXTED} THEN '{Channel.SMS}' WHEN {_CALLED} THEN '{Channel.VOICE}' ELSE '' END AS channel
    FROM ({rows}) s
    LEFT JOIN share texting
        ON texting.channel = '{Channel.SMS}' AND texting.region = s.region AND texting.slot = s.slot
    LEFT JOIN share calling
        ON calling.channel = '{Channel.VOICE}' AND calling.region = s.region AND calling.slot = s.slot
    """  # noqa: S608 - the tables' names and reasons are ours


def chosen(rows: str, rule: Rule) -> str:
    """The columns of `phones`, without the people whom the rule's way of reaching them leaves aside."""
    asked = rule.audience.reach
    only = f"reason <> '' OR channel = '{asked}'" if asked in {Reach.TEXT, Reach.CALL} else "TRUE"
    return (
        "SELECT language, country, city, CASE WHEN reason = '' THEN sender ELSE '' END AS sender, "  # noqa: S608
        f"CASE WHEN reason = '' THEN channel ELSE '' END AS channel, reason, people, party, id, phone_region "
        f"FROM ({rows}) chosen WHERE {only}"
    )


def region(column: str) -> str:
    """The country of a phone, '' where no sender names it."""
    return f"CASE WHEN {column} = ANY(%(named)s::text[]) THEN {column} ELSE '' END"


def slot(column: str, rule: Rule) -> str:
    """Between which two bounds of the senders' shares a phone falls, from 0."""
    if not bounds(rule):
        return "0"
    return f"width_bucket({SPREAD % {'key': column}}, %(bounds)s::bigint[])"


def params(rule: Rule) -> Params:
    """What the statements here are to be filled in with."""
    shares = list(_shares(rule))
    return {
        "channels": [channel for channel, *_ in shares],
        "regions": [region for _, region, *_ in shares],
        "slots": [slot for _, _, slot, _ in shares],
        "senders": [sender for *_, sender in shares],
        "named": _countries(),
        "bounds": bounds(rule),
        "calls": rule.calls,
    }


def _countries() -> list[str]:
    """The countries that senders of ours name, or towards which one of them is spared."""
    named = {country for sender in gateway.senders() for country in sender.countries}
    return sorted((named | sender_health.spared_regions()) - {"*"})


def bounds(rule: Rule) -> list[int]:
    """Every place in the spread where, for some country and channel, one sender's share ends."""
    ends = {
        share.below
        for channel in _channels(rule)
        for country in ("", *_countries())
        for share in gateway.shares(country or None, channel, two_way=_answerable(channel, rule))
    }
    return sorted(ends - {gateway.SPREAD_RANGE})


def _shares(rule: Rule) -> Iterator[tuple[str, str, int, str]]:
    """Channel, country of the phone ('': all others), slot of the spread, and the sender that has it."""
    lowest = [0, *bounds(rule)]
    for channel in _channels(rule):
        for country in ("", *_countries()):
            shares = gateway.shares(country or None, channel, two_way=_answerable(channel, rule))
            for number, begins in enumerate(lowest):
                sender = next((share.sender.id for share in shares if begins < share.below), None)
                if sender is not None:
                    yield channel.value, country, number, sender


def _channels(rule: Rule) -> Sequence[Channel]:
    return (Channel.SMS, Channel.VOICE) if rule.calls else (Channel.SMS,)


def _answerable(channel: Channel, rule: Rule) -> bool:
    """A call is answered on the line, by a key; the ladder asks the same of whoever calls."""
    return rule.two_way or channel is Channel.VOICE
