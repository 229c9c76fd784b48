"""What can go wrong with a provider, and what each of its error codes asks us to do.

The codes are the provider's own (twilio.com/docs/api/errors, mid-2026); the decisions are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Final


class Decision(StrEnum):
    """What to do about a person whose message met an error."""

    RETRY = "retry"  # certainly not taken: the same request again within seconds, under BACKOFF
    LATER = "later"  # the same channel again after the rule's `waits`, then the next channel
    OTHER_CHANNEL = "other_channel"  # never again on this channel; try the next one
    NEVER = "never"  # nothing can reach this number; no channel is worth trying
    OPT_OUT = "opt_out"  # the person said stop: record it, and be silent on every channel
    ALARM = "alarm"  # our account or sender is at fault: the next channel now, and an operator must act


@dataclass(frozen=True, slots=True)
class CodeRule:
    """One error code: the decision, the time before each further try, and a meaning an officer can read.

    `meaning` is an English message id. `known` is False for a code that appeared without notice.
    """

    code: int
    decision: Decision
    meaning: str
    waits: tuple[timedelta, ...] = ()
    known: bool = True

    @property
    def alarms(self) -> bool:
        """Whether an operator must hear of it."""
        return self.decision is Decision.ALARM or not self.known


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the same request again: doubling, jittered, capped, given up after `tries`."""

    first_seconds: float = 0.1
    factor: float = 2.0
    jitter: float = 0.1
    tries: int = 5
    cap_seconds: float = 30.0

    def wait(self, tried: int, rng: Random, *, at_least: float = 0.0) -> float | None:
        """Seconds to wait after the `tried`-th try (from 1); None when there is no further one.

        `at_least` is what the provider asked for (`Refused.retry_after`), honoured up to the cap.
        """
        if tried >= self.tries:
            return None
        planned = self.first_seconds * self.factor ** (tried - 1)
        spread = planned * rng.uniform(1 - self.jitter, 1 + self.jitter)
        return min(max(spread, at_least), self.cap_seconds)


BACKOFF: Final = Backoff()

_AFTER_AN_OUTAGE: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
_TWICE: Final = (timedelta(minutes=15), timedelta(hours=1))
_ONCE: Final = (timedelta(minutes=15),)

_RULES: Final = (
    CodeRule(429, Decision.RETRY, "Too many requests at once; the provider did not look at this one."),
    CodeRule(20429, Decision.RETRY, "Too many requests at once; the provider did not look at this one."),
    CodeRule(10001, Decision.ALARM, "Our account with the provider is not active."),
    CodeRule(10004, Decision.LATER, "Our account has as many calls at once as it may.", _ONCE),
    CodeRule(11200, Decision.ALARM, "The provider got an error from our service."),
    CodeRule(11205, Decision.ALARM, "The provider could not reach our service."),
    CodeRule(12100, Decision.ALARM, "The provider could not read our service's answer."),
    CodeRule(12300, Decision.ALARM, "The provider could not read our service's answer."),
    CodeRule(13214, Decision.ALARM, "Our number may not be shown to whom we connect; it is not verified."),
    CodeRule(13223, Decision.OTHER_CHANNEL, "This number cannot be connected: it is written wrongly."),
    CodeRule(13224, Decision.OTHER_CHANNEL, "No carrier connects calls to this number."),
    CodeRule(13225, Decision.ALARM, "The provider blocks calls to this number; ask its support."),
    CodeRule(13227, Decision.ALARM, "Calls to this country are switched off in our account."),
    CodeRule(20003, Decision.ALARM, "The provider does not accept our account and token."),
    CodeRule(20005, Decision.ALARM, "Our account with the provider is not active."),
    CodeRule(20006, Decision.ALARM, "Our account may not do this; ask the provider."),
    CodeRule(20009, Decision.LATER, "The message is still on its way and cannot be deleted yet.", _TWICE),
    CodeRule(20404, Decision.NEVER, "The provider no longer has this message."),
    CodeRule(21210, Decision.ALARM, "Our number may not place calls: it is not verified."),
    CodeRule(21211, Decision.NEVER, "This is not a valid phone number."),
    CodeRule(21212, Decision.ALARM, "Our number is not one that may place calls."),
    CodeRule(21214, Decision.OTHER_CHANNEL, "No carrier connects calls to this number."),
    CodeRule(21215, Decision.ALARM, "Calls to this country are switched off in our account."),
    CodeRule(21216, Decision.ALARM, "The provider blocks calls to this number; ask its support."),
    # Of a phone that has texted us it only says that it takes no calls: it stays worth a text.
    CodeRule(21217, Decision.OTHER_CHANNEL, "This number cannot be called."),
    CodeRule(21219, Decision.ALARM, "A trial account can call verified numbers only."),
    CodeRule(21266, Decision.OTHER_CHANNEL, "This number is our own."),
    CodeRule(21401, Decision.NEVER, "This is not a valid phone number."),
    CodeRule(21408, Decision.ALARM, "Sending to this country is switched off in our account."),
    CodeRule(21606, Decision.ALARM, "Our sender cannot send text messages."),
    CodeRule(21608, Decision.ALARM, "A trial account can text verified numbers only."),
    CodeRule(21610, Decision.OPT_OUT, "This person has asked to receive no messages."),
    CodeRule(21611, Decision.LATER, "The queue of our sender is full.", _TWICE),
    CodeRule(21612, Decision.ALARM, "This number cannot be reached from our sender; another kind may work."),
    CodeRule(21614, Decision.OTHER_CHANNEL, "This number cannot receive text messages."),
    CodeRule(21617, Decision.ALARM, "The text is too long for the provider."),
    CodeRule(21635, Decision.OTHER_CHANNEL, "This is a landline; it cannot receive text messages."),
    CodeRule(22005, Decision.LATER, "The queue of calls from our number is full.", _TWICE),
    CodeRule(30001, Decision.LATER, "The provider's queue is full.", _TWICE),
    CodeRule(30002, Decision.ALARM, "The provider has suspended our account."),
    CodeRule(30003, Decision.LATER, "The phone is switched off or has no signal.", _AFTER_AN_OUTAGE),
    CodeRule(30004, Decision.OTHER_CHANNEL, "The carrier or the phone blocks our messages."),
    CodeRule(
        30005, Decision.OTHER_CHANNEL, "The carrier does not know this number; it may be out of service."
    ),
    CodeRule(30006, Decision.OTHER_CHANNEL, "This is a landline, or its carrier cannot be reached."),
    CodeRule(30007, Decision.ALARM, "A carrier filters this text; change its wording or the sender."),
    CodeRule(30008, Decision.LATER, "The carrier failed and did not say why.", _TWICE),
    CodeRule(30034, Decision.ALARM, "Our sender is not registered with the carriers of that country."),
    CodeRule(30036, Decision.LATER, "The text waited too long and was not sent.", _ONCE),
    CodeRule(30039, Decision.ALARM, "The provider took a text to us for a machine's and held it back."),
    CodeRule(30409, Decision.NEVER, "This message has left the provider and cannot be called back."),
    CodeRule(30450, Decision.ALARM, "The provider's fraud protection blocks this number's area."),
    CodeRule(30500, Decision.LATER, "The provider had an internal failure.", _ONCE),
    CodeRule(90010, Decision.ALARM, "Our account with the provider is not active."),
)

CODES: Final[Mapping[int, CodeRule]] = {rule.code: rule for rule in _RULES}

# Nothing of ours is accepted, whoever it is for: no reason to fail a person. Those of three digits come
# without a code of the provider's: from its door, or from something in between that is no provider at all.
# "Too many requests" is not among them: it passes by itself, and is always safe to repeat.
_NOT_LET_IN: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 407})
_ACCOUNT: Final = _NOT_LET_IN | {10001, 20003, 20005, 20006, 30002, 90010}
_SENDER: Final = frozenset({21606, 21611, 21612, 22005, 30001, 30004, 30007, 30008, 30034, 30036, 30500})


NO_ANSWER: Final = 504
"""Stands for the code of a request that no answer came to: a gateway's word for the same."""


def rule_for(code: int) -> CodeRule:
    """The rule of that code. New codes appear without notice: they lead to the next channel and an alarm."""
    return CODES.get(code) or CodeRule(
        code, Decision.OTHER_CHANNEL, "The provider gave a reason we do not know.", known=False
    )


def is_of_account(code: int | None) -> bool:
    """Whether the provider refuses our account with that code: suspended, closed or not let in."""
    return code in _ACCOUNT


def is_of_sender(code: int | None) -> bool:
    """Whether that code may be the fault of the sender or of its way to that country, and not the phone's.

    Codes nobody has listed count: on another way they may not occur.
    """
    return code is not None and (code in _SENDER or not (rule_for(code).known or is_of_account(code)))


class ProviderError(Exception):
    """The provider did not do what we asked. `code` is its error code; None when it gave no answer at all.

    No error of this family ever holds a number or a text, so it may be logged.
    """

    def __init__(self, code: int | None = None) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return "no answer" if self.code is None else f"code {self.code}"


class Refused(ProviderError):
    """The message was certainly not accepted. `retry_after` is the wait in seconds that it asked for.

    `code` is None when no connection could be opened; the decision is then RETRY.
    """

    def __init__(
        self, code: int | None, *, decision: Decision | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(code)
        implied = Decision.RETRY if code is None else rule_for(code).decision
        self.decision = decision or implied
        self.retry_after = retry_after


class OutcomeUnknown(ProviderError):
    """The request left us and no readable answer came back: it may or may not have been carried out."""


class BadRequest(ProviderError):
    """A posted form lacks a field that must be there, named by `field`. Ours to answer with a 4xx."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def __str__(self) -> str:
        return f"form without {self.field}"


class NotFromAPhone(ProviderError):
    """A text came from a short code or an alphanumeric id: nobody to register, nobody to answer.

    The provider keeps the text under `sid`; answer with success and nothing to say.
    """

    def __init__(self, sid: str) -> None:
        super().__init__()
        self.sid = sid

    def __str__(self) -> str:
        return f"text {self.sid} is not from a phone"
