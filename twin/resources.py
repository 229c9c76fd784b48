"""Messages as the provider's REST interface offers them. Calls are in call_resources.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from twin.callbacks import API_VERSION
from twin.ledger import Wanted
from twin.lifecycle import LONGEST_QUEUE, Lifecycle
from twin.orders import message_ordered, normal
from twin.parameters import CREATE_MESSAGE, LIST_MESSAGES, UPDATE_MESSAGE
from twin.periods import period, within
from twin.records import Message
from twin.refusals import Refusal
from twin.rest import Asked, Door, created, cut, page_asked
from twin.wire import account_json, message_json


@dataclass(frozen=True, slots=True)
class Messages:
    """The Message resource."""

    door: Door
    lifecycle: Lifecycle

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Accept a text, or say why not."""
        parameters = await self.door.parameters(request, CREATE_MESSAGE)
        number = normal(parameters.text("To"))
        self.door.trouble_before(number, parameters.text("From"))
        message = message_ordered(
            parameters, self.door.account, self.door.clock.now(), self.lifecycle.check_queue
        )
        self.lifecycle.accept(message)
        body = message_json(message, self._account_sid)  # as it was when it was accepted
        await self.door.trouble_after(request, number, parameters.text("From"))
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
        """Call back a message that still waits, or empty the text of one that is complete."""
        parameters = await self.door.parameters(request, UPDATE_MESSAGE)
        message = self._found(request)
        if parameters.text("Status"):
            self.lifecycle.cancel(message)
            return web.json_response(message_json(message, self._account_sid))
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
        sent = period(asked.parameters, "DateSent")
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
        return (one for one in records if within(one.sent, sent))


async def _account(door: Door, _request: web.Request) -> web.StreamResponse:
    """The account itself: trouble that is set for every number shuts it, too."""
    door.trouble_before("")
    return web.json_response(account_json(door.account.credentials.account_sid))


def routes(door: Door, lifecycle: Lifecycle) -> list[web.RouteDef]:
    """Everything about texts that the twin answers as the provider, and the account itself."""
    account = f"/{API_VERSION}/Accounts/{{account}}"
    place = f"{account}/Messages"
    messages = Messages(door, lifecycle)
    return [
        web.get(f"{account}.json", door.guarded(partial(_account, door))),
        web.post(f"{place}.json", door.guarded(messages.create)),
        web.get(f"{place}.json", door.guarded(messages.list)),
        web.get(f"{place}/{{sid}}.json", door.guarded(messages.fetch)),
        web.post(f"{place}/{{sid}}.json", door.guarded(messages.update)),
        web.delete(f"{place}/{{sid}}.json", door.guarded(messages.delete)),
    ]
