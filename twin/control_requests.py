"""What a request to the twin's own interface may hold, and how a wrong one is told so."""

import json
from collections.abc import Mapping

from aiohttp import web

from telephony.numbers import NotAPhoneNumber, PhoneNumber
from twin.refusals import Refusal
from twin.rest import Handler


class WrongRequest(Exception):
    """The control interface was used wrongly; the message says how to use it."""


def guarded(handler: Handler) -> Handler:
    """The handler, closed to other web sites and with its mistakes put into words."""

    async def answer(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            return web.json_response({"problem": "asked from another web site"}, status=403)
        try:
            return await handler(request)
        except WrongRequest as wrong:
            return web.json_response({"problem": str(wrong)}, status=400)
        except Refusal as refusal:
            return web.json_response({"problem": refusal.text}, status=refusal.status)

    return answer


def phone_number(text: str) -> str:
    """A number in international form. Raises WrongRequest."""
    try:
        return PhoneNumber.parse(text).e164
    except NotAPhoneNumber:
        raise WrongRequest("not a phone number in international form, with its + sign") from None


def number_of(row: Mapping[str, object], name: str, default: float) -> float:
    """A figure under that name, or the default. Raises WrongRequest."""
    value = row.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongRequest(f"`{name}` is a number")
    return value


def whole(request: web.Request, name: str, default: int) -> int:
    """A whole number in the address, or the default. Raises WrongRequest."""
    text = request.query.get(name, str(default))
    if not text.isdecimal():
        raise WrongRequest(f"`{name}` is a whole number")
    return int(text)


async def json_object(request: web.Request) -> Mapping[str, object]:
    """The object that was posted. Raises WrongRequest."""
    if request.content_type != "application/json":  # a page elsewhere cannot send this without asking first
        raise WrongRequest("expected JSON")
    try:
        given = json.loads(await request.text())
    except ValueError:
        raise WrongRequest("expected JSON") from None
    if not isinstance(given, dict):
        raise WrongRequest("expected a JSON object")
    return given
