"""A provider in memory whose calls ring on the twin's telephone: for stories that texts and calls share."""

from typing import Final

from django.conf import settings
from multidict import MultiDict

from telephony.errors import Refused
from telephony.memory import Memory
from telephony.messages import Accepted, CallStatus, OutboundCall, OutboundSms, PlacedCall
from telephony.numbers import PhoneNumber
from tests.caller import Direct
from twin.call_records import Call, Source
from twin.orders import call_ordered
from twin.parameters import CREATE_CALL, read

_EVENTS: Final = ("initiated", "ringing", "answered", "completed")


class Exchange(Memory):
    """`busiest`: the most calls that were on the line at once; `no_texts`: codes of phones that take none."""

    def __init__(self, line: Direct) -> None:
        super().__init__(clock=line.clock.now, token=settings.TWILIO_AUTH_TOKEN)
        self.line = line
        self.busiest = 0
        self.calls: list[Call] = []
        self.no_texts: dict[PhoneNumber, int] = {}

    async def send_sms(self, sms: OutboundSms) -> Accepted:
        """Keep the text, unless that phone takes none."""
        if sms.to in self.no_texts:
            raise Refused(self.no_texts[sms.to])
        return await super().send_sms(sms)

    async def place_call(self, call: OutboundCall) -> PlacedCall:
        """Keep the call, and let the telephone ring."""
        await super().place_call(call)
        form = MultiDict([("StatusCallbackEvent", word) for word in _EVENTS])
        form.extend({"To": call.to.e164, "From": call.sender, "Url": call.url, "Timeout": "25"})
        form.extend({"StatusCallback": call.status_url})
        if call.detects:
            form.extend(
                {"MachineDetection": "Enable", "AsyncAmd": "true", "AsyncAmdStatusCallback": call.status_url}
            )
        twin = self.line.twin
        parameters = read(form, CREATE_CALL)
        ordered = call_ordered(parameters, twin.account, twin.clock.now(), twin.calls.check_queue)
        twin.calls.place(ordered)
        self.calls.append(ordered)
        self.busiest = max(self.busiest, sum(not one.status.is_final for one in self.calls))
        return PlacedCall(sid=ordered.sid, status=CallStatus.QUEUED)

    async def divert_call(self, sid: str, url: str) -> None:
        """Send the call on the line to that address."""
        await super().divert_call(sid, url)
        call = next(call for call in self.calls if call.sid == sid)
        self.line.twin.calls.divert(call, Source(url))
