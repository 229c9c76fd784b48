"""The provider calls here about the officer's end of a call to a person."""

import re
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from channels_voice import bridging
from core import gateway
from core.counters import Counted, count
from core.webhooks import provider_webhook
from telephony.errors import BadRequest, NotFromAPhone
from telephony.provider import Form

_SID: Final = re.compile(r"[0-9A-Za-z]{2,64}")
_TOKEN: Final = re.compile(r"([0-9a-f]{32})-([0-9])")


@provider_webhook
def turn(form: Form, token: str) -> HttpResponse:
    """Go on after the step that the token names."""
    named = _TOKEN.fullmatch(token)
    if named is None:
        raise BadRequest("token")
    try:
        said = gateway.provider().parse_call(form)
    except NotFromAPhone:
        raise BadRequest("To") from None
    if any(_SID.fullmatch(sid) is None for sid in (said.sid, said.connected_sid) if sid):
        raise BadRequest("CallSid")
    words = bridging.go_on(UUID(named[1]), int(named[2]), said, timezone.now())
    return HttpResponse(words, content_type="text/xml; charset=utf-8")


@provider_webhook
def status(form: Form, token: str) -> HttpResponse:
    """Take in how the officer's end fares. A call nobody knows is counted, and all is well."""
    update = gateway.provider().parse_call_status(form)
    if not re.fullmatch(r"[0-9a-f]{32}", token) or not bridging.note(UUID(token), update, timezone.now()):
        count(Counted.UNKNOWN_TOKEN)
    return HttpResponse(status=204)
