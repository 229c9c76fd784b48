"""The provider's door: nothing gets past it that the provider did not sign."""

from collections.abc import Callable, Sequence
from functools import update_wrapper
from time import monotonic
from typing import Concatenate, Final, Generic, ParamSpec, TypeVar
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout

from core import gateway
from core.collisions import once_more
from core.counters import Counted, count
from telephony.errors import BadRequest
from telephony.provider import Form

MOST_BYTES: Final = 1_000_000
"""Largest request that is read at all. A text has 1,600 characters; nothing the provider sends comes near."""

_FORM: Final = "application/x-www-form-urlencoded"
_CHARSET: Final = "utf-8"
_PAUSE: Final = 2.0
_P = ParamSpec("_P")
_T = TypeVar("_T")
_View = Callable[Concatenate[Form, _P], HttpResponse]


class Outage:
    """Remembers for a moment that no connection to the database could be had.

    The first request of an outage waits for the pool to give up; those behind it need not wait for the same.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def begins(self) -> None:
        """Nobody tries for `_PAUSE` seconds."""
        self._until = monotonic() + _PAUSE

    def lasts(self) -> bool:
        """Whether the database is known to be down."""
        return monotonic() < self._until


_outage: Final = Outage()


def provider_webhook(view: _View[_P]) -> Callable[Concatenate[HttpRequest, _P], HttpResponse]:
    """Let a view have the posted form once the provider's signature on it holds.

    The signature covers PUBLIC_BASE_URL with the path and the query asked for, never the Host header.
    Anything unsigned or wrongly signed gets a bare 403 and leaves nothing but a count; so do a form that is
    too large (413) and a signed one without a field that must be there (400). A view that the database undid
    because somebody else was deleting the same person is asked once more. With the database down the answer
    is 503, at once after the first, and the provider goes to its fallback.
    """

    @csrf_exempt
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        form = _let_in(request)
        if isinstance(form, HttpResponse):
            return form
        try:
            if not _outage.lasts():
                # A repeat changes nothing: the provider delivers things twice as well.
                return once_more(lambda: view(form, *args, **kwargs))
        except BadRequest:
            return _refusal(Counted.UNREADABLE, 400)
        except (OperationalError, InterfaceError) as error:
            if isinstance(error.__cause__, PoolTimeout):
                _outage.begins()
        return _refusal(Counted.UNAVAILABLE, 503)

    update_wrapper(guarded, view)
    return guarded


class NewsWebhook(Generic[_T]):
    """A webhook where the provider tells and asks nothing: what comes at the same time is kept together.

    `read` makes one thing of a signed form and the token in its address, and raises BadRequest. `keep` stores
    many of them and may be given again what it has stored. Nothing is acknowledged before it is kept.
    """

    csrf_exempt = True

    def __init__(self, read: Callable[[Form, str], _T], keep: Callable[[Sequence[_T]], None]) -> None:
        self._read = read
        self._keep = keep
        self._alone = provider_webhook(self._take)

    def __call__(self, request: HttpRequest, token: str) -> HttpResponse:
        """Answer one request."""
        return self._alone(request, token)

    def together(self, requests: Sequence[tuple[HttpRequest, str]]) -> Sequence[HttpResponse]:
        """Answer many requests, each with its token, in their order. Raises what `keep` raises:
        then each can be answered by itself."""
        told = [self._told(request, token) for request, token in requests]
        self._keep([one for one in told if not isinstance(one, HttpResponse)])
        return [one if isinstance(one, HttpResponse) else HttpResponse(status=204) for one in told]

    def _told(self, request: HttpRequest, token: str) -> _T | HttpResponse:
        form = _let_in(request)
        if isinstance(form, HttpResponse):
            return form
        if _outage.lasts():
            return _refusal(Counted.UNAVAILABLE, 503)
        try:
            return self._read(form, token)
        except BadRequest:
            return _refusal(Counted.UNREADABLE, 400)

    def _take(self, form: Form, token: str) -> HttpResponse:
        self._keep([self._read(form, token)])
        return HttpResponse(status=204)


def is_signed(request: HttpRequest) -> bool:
    """Whether the provider signed what was posted."""
    form = None if _too_large(request) else _form(request)
    return form is not None and _signed(request, form)


def _let_in(request: HttpRequest) -> Form | HttpResponse:
    """The form that the provider posted and signed, or the answer to anything else."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if _too_large(request):
        return _refusal(Counted.TOO_LARGE, 413)
    form = _form(request)
    if form is None or not _signed(request, form):
        return _refusal(Counted.REFUSED, 403)
    return form


def _too_large(request: HttpRequest) -> bool:
    announced = request.headers.get("Content-Length", "")
    return (announced.isdigit() and int(announced) > MOST_BYTES) or len(request.body) > MOST_BYTES


def _form(request: HttpRequest) -> Form | None:
    """The posted form; None for anything else, which nobody can have signed. Uploads are not even parsed.

    It says what Django's would (a test compares them), which takes twice as long to become a dictionary.
    """
    if request.content_type != _FORM or (request.encoding or _CHARSET).lower() != _CHARSET:
        return None
    try:
        text = request.body.decode()
    except UnicodeDecodeError:  # bytes that nobody encoded
        text = request.body.decode("iso-8859-1")
    form: dict[str, list[str]] = {}
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=most):
            form.setdefault(name, []).append(value)
    except ValueError:  # too many
        return None
    return form


def _signed(request: HttpRequest, form: Form) -> bool:
    signature = request.headers.get("X-Twilio-Signature", "")
    url = settings.PUBLIC_BASE_URL + request.get_full_path()
    return bool(signature) and gateway.provider().verify(url, form, signature)


def _refusal(why: Counted, status: int) -> HttpResponse:
    count(why)
    return HttpResponse(status=status)
