"""The provider calls here: with a person's text, and with news of ours."""

import logging
import re
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from channels_sms import render
from core import conversation, delivery, flood, gateway, provider_copies
from core.counters import Counted, count
from core.turn import Incoming, Reply
from core.webhooks import provider_webhook
from telephony.errors import BadRequest, NotFromAPhone
from telephony.messages import Channel
from telephony.provider import Form

logger = logging.getLogger(__name__)

_SID: Final = re.compile(r"[0-9A-Za-z]{2,64}")
_SENDER: Final = 32  # characters of the longest id a sender can have; an unknown `To` is kept cut
_XML: Final = "text/xml; charset=utf-8"


@provider_webhook
def inbound(form: Form) -> HttpResponse:
    """Answer a person's text with TwiML, in the same response.

    A text from a short code or a name has nobody behind it to answer; the provider keeps it under its sid.
    One that came too fast is kept for an officer and answered with silence.
    """
    try:
        sms = gateway.provider().parse_inbound_sms(form)
    except NotFromAPhone as nobody:
        count(Counted.NOT_FROM_A_PHONE)
        logger.info("a text from no phone: %s", _sid(nobody.sid))
        return _twiml(Reply(""))
    incoming = Incoming(
        channel=Channel.SMS,
        sid=_sid(sms.sid),
        number=sms.number,
        sender=sms.sender.replace("\x00", "")[:_SENDER],
        text=sms.body,
        now=timezone.now(),
    )
    if flood.takes(incoming):
        flood.keep(incoming)
        return _twiml(Reply(""))
    return _twiml(conversation.receive(incoming))


@provider_webhook
def status(form: Form, token: str) -> HttpResponse:
    """Take in how a message of ours fares. A token nobody knows is counted, and all is well."""
    update = gateway.provider().parse_status(form)
    named = _uuid(token)
    if named is None or not (
        delivery.record(named, update, now=timezone.now()) or provider_copies.learn(named, _sid(update.sid))
    ):
        count(Counted.UNKNOWN_TOKEN)
    return HttpResponse(status=204)


def _twiml(reply: Reply) -> HttpResponse:
    return HttpResponse(render.as_sms(reply), content_type=_XML)


def _sid(text: str) -> str:
    if _SID.fullmatch(text) is None:
        raise BadRequest("MessageSid")
    return text


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
