"""The provider calls here: with a person's text, and with news of ours."""

import logging
import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from channels_sms import render
from core import conversation, delivery, flood, gateway, provider_copies
from core.counters import Counted, count
from core.delivery import News
from core.turn import Incoming, Reply
from core.webhooks import NewsWebhook, provider_webhook
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


def _news(form: Form, token: str) -> News | None:
    """What the provider tells of a message of ours; None where the token is none of ours."""
    update = gateway.provider().parse_status(form)
    named = _uuid(token)
    return News(named, update) if named else None


def _keep(told: Sequence[News | None]) -> None:
    """Take in how messages of ours fare. A token nobody knows is counted, and all is well."""
    news = [one for one in told if one is not None]
    known = delivery.record_all(news, now=timezone.now())
    strangers = [one for one, is_known in zip(news, known, strict=True) if not is_known]
    copies = [one for one in strangers if provider_copies.learn(one.token, _sid(one.update.sid))]
    for _ in range(len(told) - len(news) + len(strangers) - len(copies)):
        count(Counted.UNKNOWN_TOKEN)


status: Final = NewsWebhook(_news, _keep)
"""Where the provider tells how a message of ours fares."""


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
