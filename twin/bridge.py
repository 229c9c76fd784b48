"""Connecting a call with other phones: ring them all, keep the first that answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.numbers import NotAPhoneNumber, PhoneNumber
from twin.account import Account
from twin.call_records import Call, Phase, Source, Who
from twin.clock import Clock
from twin.progress import Progress
from twin.records import Direction
from twin.script import Parted
from twin.verbs import Dial, Number


@dataclass(slots=True, eq=False)
class _Bridge:
    """One call, the others that are rung for it, the one that picked up, and the same once connected."""

    call: Call
    dial: Dial
    parted: Callable[[Parted], None]
    legs: list[Call] = field(default_factory=list)
    picked_up: Call | None = None
    met: Call | None = None


class Bridges:
    """Every connection there is. `ring`, `whisper` and `finish` come from whoever carries calls out.

    The first to pick up is kept and the rest are hung up, as the provider documents it: also when what is
    whispered to them ends without a connection. Nobody else rings then.
    """

    def __init__(self, account: Account, clock: Clock, progress: Progress) -> None:
        self._account = account
        self._clock = clock
        self._progress = progress
        self._by_sid: dict[str, _Bridge] = {}  # under the sid of the call and of each leg
        self.ring: Callable[[Call], None] = lambda _call: None
        self.whisper: Callable[[Call, Source], None] = lambda _call, _source: None
        self.finish: Callable[[Call], None] = lambda _call: None

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
        """Somebody answered; True when the call is one of a bridge: connected, once all is whispered."""
        bridge = self._by_sid.get(leg.sid)
        if bridge is None or leg is bridge.call:
            return False
        bridge.picked_up = leg
        for other in bridge.legs:
            if other is not leg and not other.status.is_final:
                self._hang_up(other)
        whisper = bridge.dial.numbers[bridge.legs.index(leg)].whisper
        if whisper is None:
            self._meet(bridge, leg)
        else:
            self.whisper(leg, Source(whisper.url, whisper.method))
        return True

    def whispered(self, leg: Call, *, to_the_end: bool) -> bool:
        """What is said to who picked up is over: connected, or gone. False when it is no such call."""
        bridge = self._by_sid.get(leg.sid)
        if bridge is None or leg is bridge.call:
            return False
        if to_the_end and not leg.status.is_final:
            self._meet(bridge, leg)
        else:
            self.finish(leg)
            self.ended(leg)
        return True

    def _meet(self, bridge: _Bridge, leg: Call) -> None:
        bridge.met = leg
        bridge.call.connected, leg.connected = leg.sid, bridge.call.sid
        for one in (bridge.call, leg):
            self._progress.says(one, Who.PROVIDER, "connected")
            self._progress.show(one, Phase.CONNECTED)
        self._clock.after(bridge.dial.most_seconds, lambda: self._time_up(bridge))

    def ended(self, leg: Call) -> None:
        """A leg is over: when it was the one that answered, or the last that rang, the dial is over."""
        bridge = self._by_sid.get(leg.sid)
        if bridge is None or leg is bridge.call:
            return
        if leg is bridge.met or all(one.status.is_final for one in bridge.legs):
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
        self.finish(leg)

    def _close(self, bridge: _Bridge) -> None:
        if bridge.call.sid not in self._by_sid:  # the last of the others was hung up with it
            return
        for one in (bridge.call, *bridge.legs):
            self._by_sid.pop(one.sid, None)
        bridge.call.connected = ""
        told = bridge.met or bridge.picked_up or bridge.legs[-1]
        bridge.parted(Parted(told.status, told.sid, told.seconds, bridged=bridge.met is not None))


def _normal(text: str) -> str:
    try:
        return PhoneNumber.parse(text).e164
    except NotAPhoneNumber:
        return text
