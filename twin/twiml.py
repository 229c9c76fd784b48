"""Reading the service's answer to an inbound text."""

from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as Xml

from twin.refusals import Refusal
from twin.webhooks import Answer

_XML_TYPES: Final = frozenset({"text/xml", "application/xml", "application/octet-stream"})
_MESSAGE_VERBS: Final = frozenset({"Message", "Sms"})
_LONGEST_BODY: Final = 1600


@dataclass(frozen=True, slots=True)
class Saying:
    """One text the service wants sent. `to` empty means whoever wrote; `callback` empty means none."""

    body: str = field(repr=False)
    to: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    callback: str = ""


def read(answer: Answer) -> list[Saying]:
    """The texts an answer asks for, in order. Raises Refusal with the provider's code for a bad answer."""
    if not 200 <= answer.status < 300:
        raise Refusal(11200)
    if not answer.body.strip():
        return []
    if answer.content_type == "text/plain":
        return [_checked(Saying(answer.body))]
    if answer.content_type not in _XML_TYPES:
        raise Refusal(12300)
    return [_saying(verb) for verb in _verbs(answer.body)]


def _verbs(text: str) -> list[Xml.Element]:
    if "<!DOCTYPE" in text.upper():  # no document type means no entities, so nothing can be blown up
        raise Refusal(12100)
    try:
        root = Xml.fromstring(text.strip())  # noqa: S314 - see the line above
    except Xml.ParseError:
        raise Refusal(12100) from None
    if root.tag != "Response":
        raise Refusal(12100)
    return list(root)


def _saying(verb: Xml.Element) -> Saying:
    if verb.tag not in _MESSAGE_VERBS:
        raise Refusal(12200)
    bodies = [part.text or "" for part in verb.findall("Body")]
    return _checked(
        Saying(
            body="".join(bodies) if bodies else (verb.text or "").strip(),
            to=verb.get("to", ""),
            sender=verb.get("from", ""),
            callback=verb.get("statusCallback") or verb.get("action") or "",
        )
    )


def _checked(saying: Saying) -> Saying:
    if not saying.body:
        raise Refusal(14103)
    if len(saying.body) > _LONGEST_BODY:
        raise Refusal(21617)
    return saying
