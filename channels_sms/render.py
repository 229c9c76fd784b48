"""Replies as texts: the words, the numbered answers, and the provider's envelope."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from twilio.twiml.messaging_response import MessagingResponse

from channels_sms.lookalikes import ACCENTS
from channels_sms.segments import outside_gsm7
from core.turn import Reply
from telephony.direction import in_order

_AS_TEXTED: Final[Mapping[int, str]] = str.maketrans(dict(ACCENTS))


def lines(reply: Reply) -> str:
    """The text, then each choice on a line of its own, "1 Yes"."""
    return "\n".join((reply.text, *(f"{choice.key} {choice.label}" for choice in reply.choices)))


def as_text(reply: Reply) -> str:
    """What the person reads of a reply; the stored reply keeps every letter."""
    return as_letters(lines(reply))


def as_letters(text: str) -> str:
    """The text in the letters it travels in.

    One letter outside GSM-7, such as the í of Trípoli in a Spanish echo, would make five segments of two.
    Where such accents are all that stands in the way they are left out, as everybody does who texts in
    Spanish. A text that needs another alphabet keeps its letters.
    """
    plain = text.translate(_AS_TEXTED)
    return in_order(text) if outside_gsm7(plain) else plain


def as_sms(reply: Reply) -> str:
    """The reply as TwiML; silence is an empty Response.

    The provider reports on the message under the reply's token, which is how its copy is found at the purge.
    """
    response = MessagingResponse()
    if reply.text:
        action = f"{settings.PUBLIC_BASE_URL}/sms/status/{reply.token}" if reply.token else None
        response.message(as_text(reply), action=action, method="POST" if action else None)
    return str(response)
