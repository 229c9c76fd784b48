"""The twin's own interface, for tests and for the page: phones, trouble, the log."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, TypedDict

from aiohttp import web

from twin.account import Account, Language
from twin.call_records import Call
from twin.clock import Clock
from twin.control_requests import WrongRequest, guarded, json_object, number_of, phone_number, whole
from twin.faults import Fault, FaultKind, Faults
from twin.phones import Phones
from twin.records import Direction, Entry, Phone, Pickup
from twin.refusals import Refusal, meaning

Json = Mapping[str, object]

THREAD_SHOWN: Final = 300  # the newest entries; a page needs no more, and a test asks for all


class EntryJson(TypedDict):
    """A text in a thread. `at` is ISO 8601; `problem` puts `code` or `alert` into words, else None."""

    sid: str
    mine: bool
    reply: bool
    sender: str
    body: str
    segments: int
    encoding: str
    status: str
    at: str
    code: int | None
    alert: int | None
    problem: str | None


class PhoneCallJson(TypedDict):
    """The call a phone is in. `begun_here` says that the phone dialled."""

    sid: str
    status: str
    begun_here: bool


class PhoneJson(TypedDict):
    """A phone as the list shows it. `last` is its newest text."""

    number: str
    language: str
    answers_with: list[str]
    answers_after: float
    active: str | None
    unread: int
    texts: int
    opted_out: list[str]
    last: EntryJson | None
    picks_up: str
    answered_by: str
    call: PhoneCallJson | None


@dataclass(frozen=True, slots=True)
class Control:
    """What the control routes work on."""

    account: Account
    clock: Clock
    faults: Faults
    phones: Phones
    languages: tuple[Language, ...]

    def routes(self) -> list[web.RouteDef]:
        """The routes under /twin."""
        one = "/twin/phones/{number}"
        return [
            web.get("/twin/state", guarded(self.state)),
            web.get("/twin/phones", guarded(self.list_phones)),
            web.post("/twin/phones", guarded(self.add_phones)),
            web.get(one, guarded(self.show_phone)),
            web.delete(one, guarded(self.remove_phone)),
            web.post(f"{one}/send", guarded(self.send)),
            web.post(f"{one}/redeliver", guarded(self.redeliver)),
            web.post(f"{one}/read", guarded(self.mark_read)),
            web.get("/twin/log", guarded(self.log)),
            web.get("/twin/alerts", guarded(self.alerts)),
            web.get("/twin/faults", guarded(self.list_faults)),
            web.put("/twin/faults", guarded(self.set_faults)),
            web.post("/twin/faults", guarded(self.add_fault)),
            web.delete("/twin/faults", guarded(self.clear_faults)),
            web.post("/twin/reset", guarded(self.reset)),
        ]

    async def state(self, _request: web.Request) -> web.StreamResponse:
        """What the page needs to begin: our numbers, the next free number, where the service is."""
        senders = [
            {
                "id": sender.id,
                "sms": sender.sms and sender.two_way,
                "voice": sender.voice and bool(self.phones.service.voice_url),
            }
            for sender in self.account.senders.values()
        ]
        return web.json_response(
            {
                "senders": senders,
                "languages": [asdict(language) for language in self.languages],
                "next_number": self.account.unused_number(),
                "inbound_url": self.phones.service.inbound_url,
                "phones": len(self.account.phones),
                "messages": len(self.account.messages),
                "calls": len(self.account.calls),
                "alerts": len(self.account.alerts),
            }
        )

    async def list_phones(self, request: web.Request) -> web.StreamResponse:
        """Phones, the one active last first; `search` looks at number, language and last text."""
        wanted = request.query.get("search", "").casefold().strip()
        limit = whole(request, "limit", 200)
        found = [phone for phone in reversed(self.account.phones.values()) if _matches(phone, wanted)]
        return web.json_response(
            {
                "total": len(self.account.phones),
                "found": len(found),
                "phones": [phone_json(phone, self.account) for phone in found[:limit]],
            }
        )

    async def add_phones(self, request: web.Request) -> web.StreamResponse:
        """Add a phone, or many under `phones`. Without a number it gets the next one never in service."""
        given = await json_object(request)
        many = given.get("phones")
        rows = many if isinstance(many, list) else [given]
        added = [self._add(row) for row in rows]
        return web.json_response({"phones": [phone_json(phone, self.account) for phone in added]}, status=201)

    async def show_phone(self, request: web.Request) -> web.StreamResponse:
        """A phone and its thread, oldest first."""
        phone = self._phone(request)
        thread = [entry_json(entry) for entry in phone.thread]
        return web.json_response({**phone_json(phone, self.account), "thread": thread})

    async def remove_phone(self, request: web.Request) -> web.StreamResponse:
        """Take a phone off the page."""
        phone = self._phone(request)
        del self.account.phones[phone.number]
        self.account.changed(phone.number)
        return web.Response(status=204)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Type on a phone: `body`, and `to` when we have more than one number. Waits for the answer."""
        given = await json_object(request)
        to = given.get("to") or self._usual_sender()
        if to not in self.account.senders:
            raise WrongRequest("`to` is none of the service's numbers")
        number = phone_number(request.match_info["number"])
        self.account.phone(number, self.clock.now()).unread = 0
        return web.json_response(asdict(await self.phones.send(number, str(to), str(given.get("body", "")))))

    async def redeliver(self, request: web.Request) -> web.StreamResponse:
        """Bring the service the text `sid` of this phone once more."""
        given = await json_object(request)
        number = phone_number(request.match_info["number"])
        return web.json_response(asdict(await self.phones.redeliver(number, str(given.get("sid", "")))))

    async def mark_read(self, request: web.Request) -> web.StreamResponse:
        """Somebody looked at the phone."""
        phone = self._phone(request)
        if phone.unread:
            phone.unread = 0
            self.account.changed(phone.number)
        return web.Response(status=204)

    async def log(self, request: web.Request) -> web.StreamResponse:
        """Every accepted request to send, in order, from position `since` on."""
        since = whole(request, "since", 0)
        rows = [
            {
                "sid": logged.sid,
                "to": logged.to,
                "from": logged.sender,
                "created": logged.created.isoformat(),
                "token": logged.token,
            }
            for logged in self.account.log[since:]
        ]
        return web.json_response({"total": len(self.account.log), "log": rows})

    async def alerts(self, _request: web.Request) -> web.StreamResponse:
        """What the service did wrong, newest last."""
        rows = [
            {
                "code": alert.code,
                "sid": alert.sid,
                "at": alert.at.isoformat(),
                "text": meaning(alert.code).text,
            }
            for alert in self.account.alerts
        ]
        return web.json_response({"alerts": rows})

    async def list_faults(self, _request: web.Request) -> web.StreamResponse:
        """The knobs as they are set, each with what is left of its count."""
        return web.json_response({"faults": [asdict(fault) for fault in self.faults.current()]})

    async def set_faults(self, request: web.Request) -> web.StreamResponse:
        """Replace all knobs by those under `faults`."""
        given = (await json_object(request)).get("faults")
        if not isinstance(given, list):
            raise WrongRequest("expected a list under `faults`")
        self.faults.set([self._fault(row) for row in given])
        return await self.list_faults(request)

    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        """Turn one more knob."""
        self.faults.add(self._fault(await json_object(request)))
        return await self.list_faults(request)

    async def clear_faults(self, _request: web.Request) -> web.StreamResponse:
        """All is well again."""
        self.faults.set([])
        return web.Response(status=204)

    async def reset(self, _request: web.Request) -> web.StreamResponse:
        """Forget phones, messages, calls, opt-outs, log, alerts and trouble."""
        self.account.clear()
        self.faults.set([])
        self.account.changed("")
        return web.Response(status=204)

    def _add(self, row: object) -> Phone:
        if not isinstance(row, dict):
            raise WrongRequest("expected an object for each phone")
        number = phone_number(str(row["number"])) if row.get("number") else self.account.unused_number()
        answers = row.get("answers_with")
        if not isinstance(answers, list | None):
            raise WrongRequest("`answers_with` is a list of texts")
        pickup = row.get("picks_up")
        if pickup not in {None, "", *Pickup}:
            raise WrongRequest(f"`picks_up` is one of {', '.join(Pickup)}")
        phone = self.account.phone(number, self.clock.now())
        phone.language = str(row.get("language", phone.language))
        if answers is not None:
            phone.answers_with = tuple(str(answer) for answer in answers)
        if pickup is not None:
            phone.pickup = Pickup(pickup) if pickup else None
        phone.answered_by = str(row.get("answered_by", phone.answered_by))
        phone.answers_after = number_of(row, "answers_after", phone.answers_after)
        self.account.changed(number)
        return phone

    def _fault(self, row: object) -> Fault:
        if not isinstance(row, dict) or row.get("kind") not in set(FaultKind):
            raise WrongRequest(f"`kind` is one of {', '.join(FaultKind)}")
        if row.get("sender") not in [None, *self.account.senders]:
            raise WrongRequest("`sender` is none of the service's numbers")
        return Fault(
            kind=FaultKind(row["kind"]),
            value=number_of(row, "value", 0),
            number=phone_number(str(row["number"])) if row.get("number") else None,
            probability=number_of(row, "probability", 1),
            count=int(number_of(row, "count", 0)) or None,
            sender=row.get("sender"),
        )

    def _phone(self, request: web.Request) -> Phone:
        phone = self.account.phones.get(phone_number(request.match_info["number"]))
        if phone is None:
            raise Refusal(20404)
        return phone

    def _usual_sender(self) -> str:
        return next((sender.id for sender in self.account.senders.values() if sender.two_way), "")


def entry_json(entry: Entry) -> EntryJson:
    """A text as the page shows it."""
    message = entry.message
    trouble = entry.alert if entry.alert is not None else message.code
    return {
        "sid": message.sid,
        "mine": entry.is_mine,
        "reply": message.direction.value == "outbound-reply",
        "sender": message.to if entry.is_mine else message.sender,
        "body": entry.body,
        "segments": message.size.segments,
        "encoding": message.size.encoding,
        "status": message.status.value,
        "at": message.created.isoformat(),
        "code": message.code,
        "alert": entry.alert,
        "problem": meaning(trouble).text if trouble is not None else None,
    }


def phone_json(phone: Phone, account: Account) -> PhoneJson:
    """A phone as the list shows it."""
    return {
        "number": phone.number,
        "language": phone.language,
        "answers_with": list(phone.answers_with),
        "answers_after": phone.answers_after,
        "active": phone.active.isoformat() if phone.active else None,
        "unread": phone.unread,
        "texts": len(phone.thread),
        "opted_out": [sender for sender in account.senders if (sender, phone.number) in account.opted_out],
        "last": entry_json(phone.thread[-1]) if phone.thread else None,
        "picks_up": phone.picks_up.value,
        "answered_by": phone.answered_by,
        "call": _call_json(account.on_the_line.get(phone.number)),
    }


def _call_json(call: Call | None) -> PhoneCallJson | None:
    if call is None:
        return None
    begun_here = call.direction is Direction.INBOUND
    return {"sid": call.sid, "status": call.status.value, "begun_here": begun_here}


def _matches(phone: Phone, wanted: str) -> bool:
    if not wanted:
        return True
    digits = wanted.replace(" ", "")
    last = phone.thread[-1].body.casefold() if phone.thread else ""
    return digits in phone.number or wanted == phone.language or wanted in last
