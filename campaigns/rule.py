"""A rule of whom a campaign is for, at a moment, and what the counting of its people gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from campaigns.audience import Audience

Param = str | int | bool | date | datetime | list[str] | list[int]
Params = Mapping[str, Param]


class LeftOut(StrEnum):
    """Why a person or phone that the rule finds gets no message."""

    OPTED_OUT = "opted_out"  # said STOP
    REFUSES_TEXTS = "refuses_texts"  # the phone cannot be texted, and this campaign calls nobody
    REFUSES_BOTH = "refuses_both"  # the phone can be neither texted nor called
    NO_SENDER = "no_sender"  # no sender of ours reaches the phone's country
    NO_CALLER = "no_caller"  # the phone must be called, and no sender of ours can call that country
    OTHER_PHONE = "other_phone"  # a further phone of somebody who is reached on another one
    NO_PLACE = "no_place"  # named no city, or none we know, and only those surely at the place are asked
    TRIP_OVER = "trip_over"  # the trip has ended, the record is not deleted yet
    SPARED = "spared"  # taken out by what they answered before
    SAID_NO = "said_no"  # on the list, and did not agree to be contacted
    UNCONFIRMED = "unconfirmed"  # on the list, and nothing says that they agreed


BESIDES: Final = frozenset({LeftOut.NO_PLACE, LeftOut.TRIP_OVER, LeftOut.SAID_NO, LeftOut.UNCONFIRMED})
"""Reasons of people of whom no phone is looked at."""


@dataclass(frozen=True, slots=True)
class Part:
    """A share of those whom a rule finds, by key: from `lowest` up to below `below`; None is no bound.

    A person's key is their id, a phone's without a person is its id below zero. Trips made after the rule's
    moment do not count, nor do people with several phones of whom one is among the campaign's recipients.
    """

    campaign: int
    below: int | None = None
    lowest: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What to select at a moment: the audience, whether texts can be answered, whether calls are made."""

    audience: Audience
    now: datetime
    two_way: bool = True
    calls: bool = False
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """People alike: language, place of stay, how they are reached, or the reason why they are left out."""

    language: str
    country: str
    city: str
    sender: str
    channel: str
    reason: str
    people: int
    travellers: int


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    params: Params


def left_out(found: Sequence[Group]) -> Mapping[str, int]:
    """How many are left out, by reason; reasons without anybody are not listed."""
    counts: dict[str, int] = {}
    for group in found:
        if group.reason:
            counts[group.reason] = counts.get(group.reason, 0) + group.people
    return counts


def reached(found: Sequence[Group]) -> int:
    """How many are not left out."""
    return sum(group.people for group in found if not group.reason)
