"""Connecting a call with other phones: ring them all, keep the first that answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.numbers import NotAPhoneNumber, PhoneNumber
from twin.account import Account
from twin.call_records import Call, CallStatus, Phase, Who
from twin.clock import Clock
from twin.progress import Progress
from twin.records import Direction
from twin.script import Parted
from twin.verbs import Dial, Number


@dataclass(slots=True, eq=False)
class _Bridge:
    """One call, the others that are rung for it, and the one of them that answered."""

    call: Call
    dial: Dial
    parted: Callable[[Parted], None]
    legs: list[Call] = field(default_factory=list)
    met: Call | None = None


class Bridges:
    """Every connection there is. `ring` comes from whoever rings phones."""

    def __init__(self, account: Account, clock: Clock, progress: Progress) -> None:
        self._account = account
        self._clock = clock
        self._progress = progress
        self._by_sid: dict[str, _Bridge] = {}  # under the sid of the call and of each leg
        self.ring: Callable[[Call], None] = lambda _call: None

    def connect(self, call: Call, dial: Dial, parted: Callable[[Parted], None]) -> None:
        """Ring the others; `parted` is called once when they are gone."""
        bridge = _Bridge(call, dial, parted)
        bridge.legs = [self._leg(call, dial, number) for number in dial.numbers]
        for one in (call, *bridge.legs):
            self._by_sid[one.sid] = bridge
        for leg in bridge.legs:
            self.ring(leg)

    def part(self, call: Call) -> None:
        """Let go of the others."""
        bridge = self._by_sid.get(call.sid)
        if bridge is None:
            return
        for leg in bridge.legs:
            if not leg.status.is_final:
                self._hang_up(leg)
        self._close(bridge)

    def answered(self, leg: Call) -> bool:
        """Somebody answered; True when the call is one of a bridge, and then it is connected."""
        bridge = self._by_sid.get(leg.sid)
        if bridge is None or leg is bridge.call:
            return False
        bridge.met = leg
        for other in bridge.legs:
            if other is not leg and not other.status.is_final:
                self._hang_up(other)
        bridge.call.connected, leg.connected = leg.sid, bridge.call.sid
        for one in (bridge.call, leg):
            self._progress.says(one, Who.PROVIDER, "connected")
            self._progress.show(one, Phase.CONNECTED)
        self._clock.after(bridge.dial.most_seconds, lambda: self._time_up(bridge))
        return True

    def ended(self, leg: Call) -> None:
        """A leg is over: when it was the one that answered, or the last that rang, the dial is over."""
        bridge = self._by_sid.get(leg.sid)
        if bridge is None or leg is bridge.call:
            return
        if leg is bridge.met or (bridge.met is None and all(one.status.is_final for one in bridge.legs)):
            self._close(bridge)

    def overhears(self, call: Call, verb: str, text: str) -> bool:
        """Pass what one person does on to the other; True when there is another."""
        bridge = self._by_sid.get(call.sid)
        if bridge is None or bridge.met is None:
            return False
        other = bridge.call if call is bridge.met else bridge.met
        self._progress.says(other, Who.OTHER, verb, text)
        if verb == "presses" and "*" in text and bridge.dial.star_ends and call is bridge.call:
            self.part(call)
        return True

    def _leg(self, call: Call, dial: Dial, number: Number) -> Call:
        now = self._clock.now()
        leg = Call(
            ordinal=self._account.calls.next_ordinal(),
            sid=self._account.new_sid("CA"),
            direction=Direction.DIAL,
            sender=dial.caller or call.hand,
            to=_normal(number.number),
            created=now,
            updated=now,
            ring_seconds=dial.timeout,
            callback=number.callback,
            events=number.events,
            parent=call.sid,
        )
        self._account.calls.file(leg)
        return leg

    def _time_up(self, bridge: _Bridge) -> None:
        if self._by_sid.get(bridge.call.sid) is bridge:
            self.part(bridge.call)

    def _hang_up(self, leg: Call) -> None:
        self._progress.move(leg, CallStatus.CANCELED if leg.answered is None else CallStatus.COMPLETED)

    def _close(self, bridge: _Bridge) -> None:
        for one in (bridge.call, *bridge.legs):
            self._by_sid.pop(one.sid, None)
        bridge.call.connected = ""
        told = bridge.met or bridge.legs[-1]
        bridge.parted(Parted(told.status, told.sid, told.seconds))


def _normal(text: str) -> str:
    try:
        return PhoneNumber.parse(text).e164
    except NotAPhoneNumber:
        return text
