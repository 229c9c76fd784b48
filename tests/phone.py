"""A phone in a citizen's hand, for tests: it texts us by the signed webhook and reads the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

from telephony import twilio_forms
from telephony.memory import Memory
from telephony.numbers import PhoneNumber

# One for all: each makes its own list of the static files before its first request.
_SERVICE: Final = ClientHandler(enforce_csrf_checks=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """One handset. `provider` delivers to it what the service sends by itself; `sids` names its texts."""

    number: PhoneNumber
    provider: Memory
    sids: Iterator[int]
    replies: list[str] = field(default_factory=list)

    def texts(self, body: str, *, sid: str | None = None) -> str:
        """Send a text and return the words of the answer ("" for silence). A given `sid` repeats a text."""
        response = self.posts(self.form(body, sid=sid))
        assert response.status_code == 200, f"the webhook answered {response.status_code}"
        answer = words(response)
        if answer:
            self.replies.append(answer)
        return answer

    def form(self, body: str, *, sid: str | None = None) -> dict[str, str]:
        """The provider's form for one text of this phone."""
        sid = sid or f"SM{next(self.sids):032x}"
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": settings.TWILIO_ACCOUNT_SID,
            "From": self.number.e164,
            "To": settings.SENDERS[0].id,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        }

    def posts(self, form: dict[str, str], *, path: str = "/sms/inbound") -> HttpResponse:
        """Post a form to the service as the provider does: signed over the public address."""
        return posted(path, form)

    @property
    def inbox(self) -> list[str]:
        """Every text this phone received: answers first, then what the service sent by itself."""
        return self.replies + [sms.body for sms in self.provider.sent if sms.to == self.number]


def client() -> Client:
    """Somebody without a cookie who asks this very service."""
    made = Client()
    made.handler = _SERVICE
    return made


def posted(path: str, form: dict[str, str]) -> HttpResponse:
    """The service's answer to a form signed with the current token."""
    url = settings.PUBLIC_BASE_URL + path
    signature = twilio_forms.sign(
        url, {name: [value] for name, value in form.items()}, token=settings.TWILIO_AUTH_TOKEN
    )
    response = client().post(
        path,
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )
    return cast("HttpResponse", response)


def words(response: HttpResponse) -> str:
    """The texts in a TwiML answer, joined by a newline; "" for silence."""
    document = ElementTree.fromstring(response.content)  # noqa: S314 - our own answer
    return "\n".join(("".join(node.itertext())).strip() for node in document.iter("Message"))
