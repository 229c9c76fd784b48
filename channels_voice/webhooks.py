"""The provider calls here: when a phone rings us, after each answer on a call, and with news of a call."""

import logging
import re
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from channels_voice import calls, prompts, twiml, voices
from core import gateway
from core.counters import Counted, count
from core.languages import speaking
from core.webhooks import provider_webhook
from telephony.errors import BadRequest, NotFromAPhone
from telephony.messages import CallTurn
from telephony.provider import Form

logger = logging.getLogger(__name__)

_SID: Final = re.compile(r"[0-9A-Za-z]{2,64}")
_TOKEN: Final = re.compile(r"([0-9a-f]{32})-([0-9]{1,4})")
_SENDER: Final = 32
_XML: Final = "text/xml; charset=utf-8"


@provider_webhook
def answer(form: Form) -> HttpResponse:
    """Answer a phone that rings us."""
    try:
        turn = _turn(form)
    except NotFromAPhone:
        count(Counted.NOT_FROM_A_PHONE)
        return _number_hidden()
    return _twiml(calls.answer(turn, timezone.now()))


@provider_webhook
def turn(form: Form, token: str) -> HttpResponse:
    """Go on after the answer to the step that the token names; one that nobody knows ends the call."""
    named = _TOKEN.fullmatch(token)
    if named is None:
        raise BadRequest("token")
    try:
        said = _turn(form)
    except NotFromAPhone:
        return _number_hidden()
    return _twiml(calls.go_on(UUID(named[1]), int(named[2]), said, timezone.now()))


@provider_webhook
def status(form: Form, token: str) -> HttpResponse:
    """Take in how a call fares. A call nobody knows is counted, and all is well.

    A call to us has no token when its number is set up at the provider: any other word finds it by its id.
    """
    update = gateway.provider().parse_call_status(form)
    if not calls.note(_uuid(token), update, timezone.now()):
        count(Counted.UNKNOWN_TOKEN)
    return HttpResponse(status=204)


def _turn(form: Form) -> CallTurn:
    turn = gateway.provider().parse_call(form)
    for sid in filter(None, (turn.sid, turn.recording)):
        if _SID.fullmatch(sid) is None:
            raise BadRequest("CallSid")
    if len(turn.sender) > _SENDER:
        raise BadRequest("To")
    return turn


def _number_hidden() -> HttpResponse:
    tag = voices.stand_in(settings.DEFAULT_LANGUAGE)
    with speaking(tag):
        return _twiml(twiml.goodbye(prompts.number_hidden(), tag))


def _twiml(words: str) -> HttpResponse:
    return HttpResponse(words, content_type=_XML)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
