"""Replies as texts: the words, the numbered answers, and the provider's envelope."""

from django.conf import settings
from twilio.twiml.messaging_response import MessagingResponse

from core.turn import Reply


def as_text(reply: Reply) -> str:
    """What the person reads: the text, then each choice on a line of its own, "1 Yes"."""
    return "\n".join((reply.text, *(f"{choice.key} {choice.label}" for choice in reply.choices)))


def as_sms(reply: Reply) -> str:
    """The reply as TwiML; silence is an empty Response.

    The provider reports on the message under the reply's token, which is how its copy is found at the purge.
    """
    response = MessagingResponse()
    if reply.text:
        action = f"{settings.PUBLIC_BASE_URL}/sms/status/{reply.token}" if reply.token else None
        response.message(as_text(reply), action=action, method="POST" if action else None)
    return str(response)
