"""The twin's own interface to calls: dial, answer, press, speak, hang up, read what was said."""

import asyncio
from dataclasses import dataclass
from typing import TypedDict

from aiohttp import web

from twin.account import Account
from twin.call_records import Call
from twin.calls import Calls
from twin.control_requests import WrongRequest, guarded, json_object, number_of, phone_number
from twin.refusals import Refusal, meaning
from twin.webhooks import Answer


class LineView(TypedDict):
    """One line of a transcript. `at` is ISO 8601, `seconds` how long it takes, `says` a sound's words."""

    who: str
    verb: str
    language: str
    text: str
    at: str
    seconds: float
    says: str


class AlertView(TypedDict):
    """What the service did wrong."""

    code: int
    text: str


CallView = TypedDict(
    "CallView",
    {
        "sid": str,
        "phone": str,
        "direction": str,
        "from": str,
        "to": str,
        "status": str,
        "phase": str,
        "answered_by": str,
        "at": str,
        "answered": str | None,
        "ended": str | None,
        "seconds": int,
        "alerts": list[AlertView],
        "transcript": list[LineView],
    },
)


@dataclass(frozen=True, slots=True)
class CallControl:
    """What the control routes of calls work on."""

    account: Account
    calls: Calls

    def routes(self) -> list[web.RouteDef]:
        """The routes under /twin."""
        one = "/twin/calls/{sid}"
        return [
            web.post("/twin/phones/{number}/dial", guarded(self.dial)),
            web.get("/twin/phones/{number}/calls", guarded(self.list)),
            web.get(one, guarded(self.show)),
            web.post(f"{one}/answer", guarded(self.answer)),
            web.post(f"{one}/reject", guarded(self.reject)),
            web.post(f"{one}/press", guarded(self.press)),
            web.post(f"{one}/say", guarded(self.say)),
            web.post(f"{one}/hang-up", guarded(self.hang_up)),
            web.post(f"{one}/redeliver", guarded(self.redeliver)),
            web.get(f"{one}/sound/{{line}}", guarded(self.sound)),
        ]

    async def dial(self, request: web.Request) -> web.StreamResponse:
        """Call from a phone: `to` is one of the service's numbers, the first that takes calls by default."""
        given = await json_object(request)
        number = phone_number(request.match_info["number"])
        call = self.calls.dial(number, str(given.get("to") or self._usual_number()))
        return web.json_response(call_view(call), status=201)

    async def list(self, request: web.Request) -> web.StreamResponse:
        """A phone's latest calls, the newest first."""
        calls = self.calls.recent(phone_number(request.match_info["number"]))
        return web.json_response({"calls": [call_view(call) for call in calls]})

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One call with its transcript."""
        return web.json_response(call_view(self._call(request)))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Pick up."""
        call = self._call(request)
        self.calls.answer(call)
        return web.json_response(call_view(call))

    async def reject(self, request: web.Request) -> web.StreamResponse:
        """Decline."""
        call = self._call(request)
        self.calls.reject(call)
        return web.json_response(call_view(call))

    async def press(self, request: web.Request) -> web.StreamResponse:
        """Press `keys`."""
        given = await json_object(request)
        call = self._call(request)
        self.calls.press(call, str(given.get("keys", "")))
        return web.json_response(call_view(call))

    async def say(self, request: web.Request) -> web.StreamResponse:
        """Say `text`; `confidence` of the recognition and `seconds` it takes are up to the caller."""
        given = await json_object(request)
        call = self._call(request)
        confidence = number_of(given, "confidence", 0.9)
        seconds = number_of(given, "seconds", 0) or None
        self.calls.speak(call, str(given.get("text", "")), confidence=confidence, seconds=seconds)
        return web.json_response(call_view(call))

    async def hang_up(self, request: web.Request) -> web.StreamResponse:
        """Hang up."""
        call = self._call(request)
        self.calls.hang_up(call)
        return web.json_response(call_view(call))

    async def redeliver(self, request: web.Request) -> web.StreamResponse:
        """Bring the service the call's last request once more; what it says is shown and not followed."""
        said: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self.calls.redeliver(self._call(request), said.set_result)
        answer = await said
        return web.json_response(
            {"status": answer.status if answer else None, "body": answer.body if answer else ""}
        )

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """The sound that a line of the transcript plays, for the page."""
        call = self._call(request)
        line = request.match_info["line"]
        url = call.transcript[int(line)].text if _is_place(line, call) else ""
        sound = self.calls.sound(url)
        if sound is None:
            raise Refusal(20404)
        return web.Response(body=sound.content, content_type=sound.content_type)

    def _call(self, request: web.Request) -> Call:
        call = self.account.calls.find(request.match_info["sid"])
        if call is None:
            raise Refusal(20404)
        return call

    def _usual_number(self) -> str:
        for sender in self.account.senders.values():
            if sender.voice:
                return sender.id
        raise WrongRequest("none of the service's numbers takes calls")


def call_view(call: Call) -> CallView:
    """A call as the page and tests see it."""
    return {
        "sid": call.sid,
        "phone": call.hand,
        "direction": call.direction.value,
        "from": call.sender,
        "to": call.to,
        "status": call.status.value,
        "phase": call.phase.value,
        "answered_by": call.answered_by,
        "at": call.created.isoformat(),
        "answered": call.answered.isoformat() if call.answered else None,
        "ended": call.ended.isoformat() if call.ended else None,
        "seconds": call.seconds,
        "alerts": [{"code": code, "text": meaning(code).text} for code in call.alerts],
        "transcript": [
            {
                "who": line.who.value,
                "verb": line.verb,
                "language": line.language,
                "text": line.text,
                "at": line.at.isoformat(),
                "seconds": line.seconds,
                "says": line.says,
            }
            for line in call.transcript
        ],
    }


def _is_place(text: str, call: Call) -> bool:
    return text.isdecimal() and int(text) < len(call.transcript)
