"""Messages and calls as the provider's REST interface offers them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from twin.callbacks import API_VERSION
from twin.calls import Calls
from twin.ledger import Wanted
from twin.lifecycle import LONGEST_QUEUE, Lifecycle
from twin.orders import call_ordered, message_ordered, normal
from twin.parameters import (
    CREATE_CALL,
    CREATE_MESSAGE,
    LIST_CALLS,
    LIST_MESSAGES,
    UPDATE_CALL,
    UPDATE_MESSAGE,
    Parameters,
    moment,
)
from twin.records import Call, Message
from twin.refusals import Refusal
from twin.rest import Asked, Door, created, cut, page_asked
from twin.wire import call_json, message_json

_WHOLE_DAY = len("2026-11-22")


@dataclass(frozen=True, slots=True)
class Messages:
    """The Message resource."""

    door: Door
    lifecycle: Lifecycle

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Accept a text, or say why not."""
        parameters = await self.door.parameters(request, CREATE_MESSAGE)
        number = normal(parameters.text("To"))
        self.door.trouble_before(number)
        message = message_ordered(
            parameters, self.door.account, self.door.clock.now(), self.lifecycle.check_queue
        )
        self.lifecycle.accept(message)
        body = message_json(message, self._account_sid)  # as it was when it was accepted
        await self.door.trouble_after(request, number)
        return created(body)

    async def list(self, request: web.Request) -> web.StreamResponse:
        """A page of messages, newest first."""
        parameters = await self.door.parameters(request, LIST_MESSAGES)
        asked = page_asked("messages", parameters)
        taken, page = cut(asked, self._wanted(asked), self.door.account)
        return web.json_response(
            {**page, "messages": [message_json(one, self._account_sid) for one in taken]}
        )

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """One message."""
        return web.json_response(message_json(self._found(request), self._account_sid))

    async def update(self, request: web.Request) -> web.StreamResponse:
        """Empty the text of a message that is complete; anything else cannot be changed."""
        parameters = await self.door.parameters(request, UPDATE_MESSAGE)
        message = self._found(request)
        if parameters.text("Status"):
            raise Refusal(30409)
        if not parameters.has("Body") or parameters.text("Body"):
            raise Refusal(20001)
        if not message.status.is_final:
            raise Refusal(20009)
        message.body = ""
        message.updated = self.door.clock.now()
        return web.json_response(message_json(message, self._account_sid))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Forget a message that is complete."""
        message = self._found(request)
        if not message.status.is_final:
            raise Refusal(20009)
        self.door.account.messages.remove(message)
        return web.Response(status=204)

    @property
    def _account_sid(self) -> str:
        return self.door.account.credentials.account_sid

    def _found(self, request: web.Request) -> Message:
        message = self.door.account.messages.find(request.match_info["sid"])
        if message is None:
            raise Refusal(20404)
        return message

    def _wanted(self, asked: Asked) -> Iterator[Message]:
        sent = _period(asked.parameters, "DateSent")
        earliest, latest = sent
        records = self.door.account.messages.newest_first(
            Wanted(
                to=normal(asked.parameters.text("To")),
                sender=normal(asked.parameters.text("From")),
                created_from=earliest - LONGEST_QUEUE if earliest else None,  # none waits longer than that
                created_until=latest,
                below=asked.below,
            )
        )
        return (one for one in records if _within(one.sent, sent))


@dataclass(frozen=True, slots=True)
class PhoneCalls:
    """The Call resource."""

    door: Door
    calls: Calls

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Accept a call, or say why not."""
        parameters = await self.door.parameters(request, CREATE_CALL)
        number = normal(parameters.text("To"))
        self.door.trouble_before(number)
        call = call_ordered(parameters, self.door.account, self.door.clock.now())
        self.calls.place(call)
        body = call_json(call, self._account_sid)
        await self.door.trouble_after(request, number)
        return created(body)

    async def list(self, request: web.Request) -> web.StreamResponse:
        """A page of calls, newest first."""
        parameters = await self.door.parameters(request, LIST_CALLS)
        asked = page_asked("calls", parameters)
        taken, page = cut(asked, self._wanted(asked), self.door.account)
        return web.json_response({**page, "calls": [call_json(one, self._account_sid) for one in taken]})

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        return web.json_response(call_json(self._found(request), self._account_sid))

    async def update(self, request: web.Request) -> web.StreamResponse:
        """Hang up. Nobody picks up yet, so there is no call in progress to be sent elsewhere."""
        parameters = await self.door.parameters(request, UPDATE_CALL)
        call = self._found(request)
        if parameters.text("Url") or parameters.text("Twiml") or call.status.is_final:
            raise Refusal(21220)
        if parameters.text("Status"):
            self.calls.cancel(call)
        return web.json_response(call_json(call, self._account_sid))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Forget a call that is over."""
        call = self._found(request)
        if not call.status.is_final:
            raise Refusal(20009)
        self.door.account.calls.remove(call)
        return web.Response(status=204)

    @property
    def _account_sid(self) -> str:
        return self.door.account.credentials.account_sid

    def _found(self, request: web.Request) -> Call:
        call = self.door.account.calls.find(request.match_info["sid"])
        if call is None:
            raise Refusal(20404)
        return call

    def _wanted(self, asked: Asked) -> Iterator[Call]:
        parameters = asked.parameters
        started, ended = _period(parameters, "StartTime"), _period(parameters, "EndTime")
        records = self.door.account.calls.newest_first(
            Wanted(
                to=normal(parameters.text("To")), sender=normal(parameters.text("From")), below=asked.below
            )
        )
        status, parent = parameters.text("Status"), parameters.text("ParentCallSid")
        return (
            one
            for one in records
            if not parent
            and status in {"", one.status.value}
            and _within(one.created, started)
            and _within(one.ended, ended)
        )


def routes(door: Door, lifecycle: Lifecycle, calls: Calls) -> list[web.RouteDef]:
    """Everything the twin answers as the provider."""
    place = f"/{API_VERSION}/Accounts/{{account}}"
    found: list[web.RouteDef] = []
    for folder, resource in (("Messages", Messages(door, lifecycle)), ("Calls", PhoneCalls(door, calls))):
        found += [
            web.post(f"{place}/{folder}.json", door.guarded(resource.create)),
            web.get(f"{place}/{folder}.json", door.guarded(resource.list)),
            web.get(f"{place}/{folder}/{{sid}}.json", door.guarded(resource.fetch)),
            web.post(f"{place}/{folder}/{{sid}}.json", door.guarded(resource.update)),
            web.delete(f"{place}/{folder}/{{sid}}.json", door.guarded(resource.delete)),
        ]
    return found


Period = tuple[datetime | None, datetime | None]


def _period(parameters: Parameters, name: str) -> Period:
    """From and until, both included: `name` alone is that day or second, `name>` and `name<` bound it."""
    exact, after, before = (parameters.text(f"{name}{sign}") for sign in ("", ">", "<"))
    if not exact:
        return (moment(after) if after else None, moment(before) if before else None)
    begins = moment(exact)
    length = timedelta(days=1) if len(exact) == _WHOLE_DAY else timedelta(seconds=1)
    return begins, begins + length - timedelta(microseconds=1)


def _within(when: datetime | None, period: Period) -> bool:
    """Whether a moment lies in the period; what has not happened yet lies in none."""
    earliest, latest = period
    if earliest is None and latest is None:
        return True
    return when is not None and (earliest is None or when >= earliest) and (latest is None or when <= latest)
