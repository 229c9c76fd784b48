"""Trouble on demand: what may go wrong, for whom, how often."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong, and what the fault's `value` means.

    The first five strike a request to send or to call, the next four the way to the handset, then come four
    for the status callbacks and five for what a call asks the service.
    """

    ANSWER = "answer"  # value: HTTP status sent instead of accepting (429, 500, 503)
    REFUSE = "refuse"  # value: error code sent instead of accepting (21211, 21610 …)
    LOSE_ANSWER = "lose-answer"  # accepted, then the connection is dropped
    BREAK_ANSWER = "break-answer"  # value: accepted, then this HTTP status is sent (500)
    SLOW_ANSWER = "slow-answer"  # value: accepted, answered that many seconds later
    FAIL = "fail"  # value: error code with which the provider gives up
    UNDELIVER = "undeliver"  # value: error code with which the carrier gives up (30003 …)
    SLOW_QUEUE = "slow-queue"  # value: seconds more in its sender's queue
    SLOW_DELIVERY = "slow-delivery"  # value: seconds more on the way to the handset
    LOSE_CALLBACK = "lose-callback"  # the status callback is never made
    REPEAT_CALLBACK = "repeat-callback"  # the status callback is made twice
    DELAY_CALLBACK = "delay-callback"  # value: seconds later, whatever comes in between
    REORDER_CALLBACKS = "reorder-callbacks"  # all of them at the end, last one first
    LOSE_WEBHOOK = "lose-webhook"  # value: never delivered, given up after that many seconds
    LOSE_WEBHOOK_ANSWER = "lose-webhook-answer"  # value: delivered, given up after that many seconds
    BREAK_WEBHOOK = "break-webhook"  # value: delivered, but this HTTP status comes back (500)
    REPEAT_WEBHOOK = "repeat-webhook"  # delivered twice, one after the other; the second answer counts
    PARALLEL_WEBHOOK = "parallel-webhook"  # delivered twice at once; the first answer counts


@dataclass(frozen=True, slots=True)
class Fault:
    """One knob. `number` None means every number; `count` None means always, else the next so many times.

    `sender` is one of the service's numbers: then only what goes out from that number is struck, that is
    requests, texts on their way and the callbacks about them. None means every sender.
    """

    kind: FaultKind
    value: float = 0
    number: str | None = field(default=None, repr=False)
    probability: float = 1.0
    count: int | None = None
    sender: str | None = None


class Faults:
    """The knobs as they are set. Chance comes from the generator passed in."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._faults: list[Fault] = []

    def current(self) -> tuple[Fault, ...]:
        """The knobs that still have something to do."""
        return tuple(self._faults)

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all knobs."""
        self._faults = list(faults)

    def add(self, fault: Fault) -> None:
        """Turn one more knob."""
        self._faults.append(fault)

    def strikes(self, kind: FaultKind, number: str, sender: str = "") -> Fault | None:
        """The fault that happens now, used up by one; None when all goes well.

        A fault for the number comes before one for everybody.
        """
        matching = [
            fault
            for fault in self._faults
            if fault.kind is kind and fault.number in {None, number} and fault.sender in {None, sender}
        ]
        for fault in sorted(matching, key=lambda fault: fault.number is None):
            if fault.probability >= 1 or self._rng.random() < fault.probability:
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.count is None:
            return
        position = self._faults.index(fault)
        if fault.count <= 1:
            del self._faults[position]
        else:
            self._faults[position] = replace(fault, count=fault.count - 1)
