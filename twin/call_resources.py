"""Calls and recordings as the provider's REST interface offers them."""

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from twin.call_records import Call, Recording
from twin.callbacks import API_VERSION
from twin.calls import Calls
from twin.ledger import Wanted
from twin.orders import call_ordered, normal, source_asked
from twin.parameters import (
    CREATE_CALL,
    LIST_CALL_RECORDINGS,
    LIST_CALLS,
    LIST_RECORDINGS,
    UPDATE_CALL,
)
from twin.periods import period, within
from twin.refusals import Refusal
from twin.rest import Asked, Door, created, cut, page_asked
from twin.sound import wave_file
from twin.wire import call_json, call_recording_json, recording_json


@dataclass(frozen=True, slots=True)
class PhoneCalls:
    """The Call resource."""

    door: Door
    calls: Calls

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Accept a call, or say why not."""
        parameters = await self.door.parameters(request, CREATE_CALL)
        number = normal(parameters.text("To"))
        self.door.trouble_before(number, parameters.text("From"))
        now = self.door.clock.now()
        call = call_ordered(parameters, self.door.account, now, self.calls.check_queue)
        self.calls.place(call)
        body = call_json(call, self._account_sid)
        await self.door.trouble_after(request, number, parameters.text("From"))
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
        """Hang up, or send an answered call to another document."""
        parameters = await self.door.parameters(request, UPDATE_CALL)
        call = self._found(request)
        if call.status.is_final:
            raise Refusal(21220)
        status = parameters.text("Status").casefold()
        if status == "completed":
            self.calls.complete(call)
        elif status == "canceled":
            self.calls.cancel(call)
        elif parameters.text("Url") or parameters.text("Twiml"):
            self.calls.divert(call, source_asked(parameters))
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
        started, ended = period(parameters, "StartTime"), period(parameters, "EndTime")
        records = self.door.account.calls.newest_first(
            Wanted(
                to=normal(parameters.text("To")), sender=normal(parameters.text("From")), below=asked.below
            )
        )
        status, parent = parameters.text("Status"), parameters.text("ParentCallSid")
        return (
            one
            for one in records
            if parent in {"", one.parent}
            and status in {"", one.status.value}
            and within(one.created, started)
            and within(one.ended, ended)
        )


@dataclass(frozen=True, slots=True)
class Recordings:
    """The Recording resource, of the account and of one call, and the sound itself."""

    door: Door

    async def list(self, request: web.Request) -> web.StreamResponse:
        """A page of recordings, newest first."""
        parameters = await self.door.parameters(request, LIST_RECORDINGS)
        asked = page_asked("recordings", parameters)
        taken, page = cut(asked, self._wanted(asked, parameters.text("CallSid")), self.door.account)
        rows = [recording_json(one, self._account_sid, ready=self._is_ready(one)) for one in taken]
        return web.json_response({**page, "recordings": rows})

    async def list_of_call(self, request: web.Request) -> web.StreamResponse:
        """A page of one call's recordings, newest first."""
        parameters = await self.door.parameters(request, LIST_CALL_RECORDINGS)
        call_sid = request.match_info["call"]
        asked = page_asked(f"Calls/{call_sid}/Recordings", parameters)
        taken, page = cut(asked, self._wanted(asked, call_sid), self.door.account)
        rows = [call_recording_json(one, self._account_sid, ready=self._is_ready(one)) for one in taken]
        return web.json_response({**page, "recordings": rows})

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """One recording: what is known about it with `.json`, else the sound once it is ready."""
        name = request.match_info["file"]
        sid, _, extension = name.partition(".")
        recording = self._found(sid)
        ready = self._is_ready(recording)
        if extension == "json":
            return web.json_response(recording_json(recording, self._account_sid, ready=ready))
        if extension not in {"", "wav"} or not ready:
            raise Refusal(20404)
        return web.Response(body=wave_file(recording.seconds), content_type="audio/x-wav")

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Forget a recording."""
        recording = self._found(request.match_info["file"].partition(".")[0])
        self.door.account.recordings.remove(recording)
        return web.Response(status=204)

    @property
    def _account_sid(self) -> str:
        return self.door.account.credentials.account_sid

    def _is_ready(self, recording: Recording) -> bool:
        return recording.ready <= self.door.clock.now()

    def _found(self, sid: str) -> Recording:
        recording = self.door.account.recordings.find(sid)
        if recording is None:
            raise Refusal(20404)
        return recording

    def _wanted(self, asked: Asked, call_sid: str) -> Iterator[Recording]:
        made = period(asked.parameters, "DateCreated")
        records = self.door.account.recordings.newest_first(Wanted(below=asked.below))
        return (one for one in records if call_sid in {"", one.call_sid} and within(one.created, made))


def routes(door: Door, calls: Calls) -> list[web.RouteDef]:
    """Everything about calls that the twin answers as the provider."""
    account = f"/{API_VERSION}/Accounts/{{account}}"
    place = f"{account}/Calls"
    resource, recordings = PhoneCalls(door, calls), Recordings(door)
    of_call = f"{place}/{{call}}/Recordings"
    return [
        web.post(f"{place}.json", door.guarded(resource.create)),
        web.get(f"{place}.json", door.guarded(resource.list)),
        web.get(f"{place}/{{sid}}.json", door.guarded(resource.fetch)),
        web.post(f"{place}/{{sid}}.json", door.guarded(resource.update)),
        web.delete(f"{place}/{{sid}}.json", door.guarded(resource.delete)),
        web.get(f"{of_call}.json", door.guarded(recordings.list_of_call)),
        web.get(f"{of_call}/{{file}}", door.guarded(recordings.fetch)),
        web.delete(f"{of_call}/{{file}}", door.guarded(recordings.delete)),
        web.get(f"{account}/Recordings.json", door.guarded(recordings.list)),
        web.get(f"{account}/Recordings/{{file}}", door.guarded(recordings.fetch)),
        web.delete(f"{account}/Recordings/{{file}}", door.guarded(recordings.delete)),
    ]
