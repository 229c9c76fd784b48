"""The provider's REST interface: who may use it, its errors, its pages. The resources are in resources.py."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from aiohttp.helpers import encode_basic_auth
from multidict import MultiDict

from twin.account import Account
from twin.clock import Clock
from twin.faults import FaultKind, Faults
from twin.ledger import Filed
from twin.parameters import Parameters, Table, read
from twin.refusals import Refusal
from twin.wire import PageJson, error_json, folder

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Record = TypeVar("Record", bound=Filed)

_LARGEST_PAGE: Final = 1000
_USUAL_PAGE: Final = 50
_CODES: Final[Mapping[int, int]] = {401: 20003, 404: 20404, 405: 20004, 429: 20429, 503: 20503}


@dataclass(frozen=True, slots=True)
class Door:
    """What every resource needs: the account, the time, and the trouble that is set."""

    account: Account
    clock: Clock
    faults: Faults

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind basic authentication, its refusals in the provider's shape."""
        credentials = self.account.credentials
        expected = encode_basic_auth(credentials.account_sid, credentials.auth_token).encode()

        async def answer(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, expected):
                return refused(Refusal(20003))
            if request.match_info["account"] != credentials.account_sid:
                return refused(Refusal(20404))
            try:
                return await handler(request)
            except Refusal as refusal:
                return refused(refusal)

        return answer

    async def parameters(self, request: web.Request, table: Table) -> Parameters:
        """The posted form, or the query of a GET, checked. Raises Refusal."""
        text = request.rel_url.raw_query_string if request.method == "GET" else await request.text()
        return read(MultiDict(parse_qsl(text, keep_blank_values=True)), table)

    def trouble_before(self, number: str, sender: str = "") -> None:
        """Turn a create down when trouble is set for the number or the sender. Raises Refusal."""
        answered = self.faults.strikes(FaultKind.ANSWER, number, sender)
        if answered:
            raise _of_status(int(answered.value))
        refusing = self.faults.strikes(FaultKind.REFUSE, number, sender)
        if refusing:
            raise Refusal(int(refusing.value), about=number)

    async def trouble_after(self, request: web.Request, number: str, sender: str = "") -> None:
        """Spoil the answer to a create that was accepted when trouble is set. Raises Refusal."""
        slow = self.faults.strikes(FaultKind.SLOW_ANSWER, number, sender)
        if slow:
            over = asyncio.Event()
            self.clock.after(slow.value, over.set)
            await over.wait()
        broken = self.faults.strikes(FaultKind.BREAK_ANSWER, number, sender)
        if broken:
            raise _of_status(int(broken.value))
        if self.faults.strikes(FaultKind.LOSE_ANSWER, number, sender) and request.transport is not None:
            request.transport.abort()


def created(body: Mapping[str, object]) -> web.Response:
    """A new resource."""
    return web.json_response(body, status=HTTPStatus.CREATED)


def refused(refusal: Refusal) -> web.Response:
    """The provider's error."""
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if refusal.status == 401 else None
    return web.json_response(error_json(refusal), status=refusal.status, headers=headers)


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of a list: of what (`messages`, `Calls/CA…/Recordings`), which page, how long, after what."""

    resource: str
    parameters: Parameters
    page: int
    length: int
    below: int | None


def page_asked(resource: str, parameters: Parameters) -> Asked:
    """Which page a request wants. Raises Refusal."""
    length = parameters.whole("PageSize", _USUAL_PAGE)
    token = parameters.text("PageToken")
    try:
        below = int(token[4:], 16) if token else None
    except ValueError:
        raise Refusal(20001) from None
    if length < 1 or parameters.whole("Page", 0) < 0:
        raise Refusal(20001)
    return Asked(resource, parameters, parameters.whole("Page", 0), min(length, _LARGEST_PAGE), below)


def cut(asked: Asked, records: Iterator[Record], account: Account) -> tuple[list[Record], PageJson]:
    """Take one page from the front of the records, with the addresses of its neighbours."""
    taken = list(islice(records, asked.length))
    more = next(records, None) is not None
    place = f"{folder(account.credentials.account_sid, asked.resource[0].upper() + asked.resource[1:])}.json"
    filters = [
        (name, value)
        for name, value in asked.parameters.given.items()
        if name not in {"Page", "PageSize", "PageToken"}
    ]

    def address(page: int, token: str | None) -> str:
        query = [*filters, ("PageSize", str(asked.length)), ("Page", str(page))]
        return f"{place}?{urlencode(query if token is None else [*query, ('PageToken', token)])}"

    start = asked.page * asked.length
    page: PageJson = {
        "first_page_uri": address(0, None),
        "previous_page_uri": None if asked.page == 0 else address(0, None),
        "next_page_uri": address(asked.page + 1, f"PASM{taken[-1].ordinal:032x}") if more else None,
        "uri": address(asked.page, asked.parameters.text("PageToken") or None),
        "page": asked.page,
        "page_size": asked.length,
        "start": start,
        "end": max(start, start + len(taken) - 1),
    }
    return taken, page


def _of_status(status: int) -> Refusal:
    return Refusal(_CODES.get(status, 20500), status=status)
