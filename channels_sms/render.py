"""Replies as texts: the words, the numbered answers, and the provider's envelope."""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from django.conf import settings

from channels_sms.lookalikes import ACCENTS
from channels_sms.segments import outside_gsm7
from core.turn import Reply
from telephony.direction import in_order

_DECLARED: Final = '<?xml version="1.0" encoding="UTF-8"?>'
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
    Written by hand: a tree of the SDK's is four times the work, for two elements, and a test compares them.
    """
    if not reply.text:
        return f"{_DECLARED}<Response />"
    told = (
        f' action="{settings.PUBLIC_BASE_URL}/sms/status/{reply.token}" method="POST"' if reply.token else ""
    )
    return f"{_DECLARED}<Response><Message{told}>{escape(as_text(reply))}</Message></Response>"
