"""A telephone in a citizen's hand, for tests: it rings us by the signed webhooks and hears the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpResponse

from telephony.memory import Memory
from telephony.numbers import PhoneNumber
from tests.phone import posted

_MOST_STATEMENTS = 10


@dataclass(slots=True)
class Handset:
    """One handset. `heard` has every word of its calls, `markup` the document of the step it is at."""

    number: PhoneNumber
    provider: Memory
    sids: Iterator[int]
    heard: list[str] = field(default_factory=list)
    sid: str = ""
    markup: str = ""
    over: bool = True

    def dials(self, *, sid: str | None = None) -> str:
        """Ring us; the words up to the first question. A given `sid` repeats a ring."""
        self.sid = sid or f"CA{next(self.sids):032x}"
        return self._takes(self.posts("/voice/answer", {}))

    def presses(self, keys: str) -> str:
        """Press keys at the question that waits; the words up to the next one."""
        return self._takes(self.posts(self.target, {"Digits": keys}))

    def says(self, words: str) -> str:
        """Speak at the question that waits, as the provider's machine hears it."""
        return self._takes(self.posts(self.target, {"SpeechResult": words, "Confidence": "0.4"}))

    def waits(self) -> str:
        """Press nothing; the words up to the next question."""
        return self._takes(self.posts(self.redirect, {}))

    def records(self, sid: str, seconds: int = 7) -> str:
        """Speak after the tone."""
        said = {"RecordingSid": sid, "RecordingDuration": str(seconds), "RecordingUrl": "http://x.example/r"}
        return self._takes(self.posts(self.target, {**said, "Digits": "#"}))

    def picks_up(self, url: str) -> str:
        """Answer a call of ours whose words are at that address."""
        self.sid = f"CA{next(self.sids):032x}"
        return self._takes(self.posts(urlsplit(url).path, {"Direction": "outbound-api"}))

    def posts(self, path: str, fields: dict[str, str]) -> HttpResponse:
        """Post a form about the call that goes on, as the provider does."""
        ours, theirs = settings.SENDERS[0].id, self.number.e164
        outbound = fields.get("Direction", "").startswith("outbound")
        form = {
            "CallSid": self.sid,
            "AccountSid": settings.TWILIO_ACCOUNT_SID,
            "From": ours if outbound else theirs,
            "To": theirs if outbound else ours,
            "Direction": "inbound",
            "CallStatus": "in-progress",
            "ApiVersion": "2010-04-01",
            **fields,
        }
        return posted(path, form)

    @property
    def target(self) -> str:
        """Where an answer to the question that waits goes."""
        document = ElementTree.fromstring(self.markup)  # noqa: S314 - our own answer
        waiting = next(node for node in document if node.tag in {"Gather", "Record"})
        return urlsplit(waiting.get("action") or "").path

    @property
    def redirect(self) -> str:
        """Where the call goes on by itself."""
        document = ElementTree.fromstring(self.markup)  # noqa: S314 - our own answer
        return urlsplit(next(node for node in document if node.tag == "Redirect").text or "").path

    def _takes(self, response: HttpResponse) -> str:
        said: list[str] = []
        for _ in range(_MOST_STATEMENTS):
            assert response.status_code == 200, f"the webhook answered {response.status_code}"
            self.markup = response.content.decode()
            document = ElementTree.fromstring(self.markup)  # noqa: S314 - our own answer
            said += [(node.text or "").strip() for node in document.iter("Say")]
            tags = [node.tag for node in document]
            self.over = "Hangup" in tags or "Reject" in tags
            if self.over or "Gather" in tags or "Record" in tags:
                break
            response = self.posts(self.redirect, {})
        else:
            raise AssertionError("the call talks and asks nothing")
        words = " ".join(filter(None, said))
        self.heard.append(words)
        return words
