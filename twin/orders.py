"""What the provider checks before it takes a message or a call over."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from telephony.numbers import NotAPhoneNumber, PhoneNumber
from telephony.senders import Sender
from twin.account import Account
from twin.call_records import Call, Source
from twin.parameters import Parameters
from twin.records import Direction, Message
from twin.refusals import Refusal

LONGEST_BODY: Final = 1600
LONGEST_VALIDITY: Final = 36_000
LONGEST_RING: Final = 600
LONGEST_CALL: Final = 14_400  # seconds; without an agreement of one's own
LONGEST_TWIML: Final = 4000
_CALL_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})


def message_ordered(
    parameters: Parameters, account: Account, now: datetime, check_queue: Callable[[str], None]
) -> Message:
    """File the message that a request orders; `check_queue` refuses a sender whose queue is full.

    Raises Refusal, and then nothing is filed.
    """
    if not parameters.text("To"):
        raise Refusal(21604)
    to = _number(parameters.text("To"), wrong=21211)
    sender = _sms_sender(parameters, account)
    _check_route(sender, to)
    _check_contents(parameters)
    valid_seconds = parameters.whole("ValidityPeriod", LONGEST_VALIDITY)
    if not 1 <= valid_seconds <= LONGEST_VALIDITY:
        raise Refusal(90007)
    if (sender.id, to) in account.opted_out:
        raise Refusal(21610, about=to)
    check_queue(sender.id)
    message = account.new_message(Direction.API, (sender.id, to), parameters.text("Body"), now)
    message.callback = parameters.text("StatusCallback")
    message.valid_seconds = valid_seconds
    message.media = len(parameters.every("MediaUrl"))
    return message


def call_ordered(
    parameters: Parameters, account: Account, now: datetime, check_queue: Callable[[str], None]
) -> Call:
    """File the call that a request orders; `check_queue` refuses a sender whose queue is full.

    Raises Refusal, and then nothing is filed.
    """
    if not parameters.text("To"):
        raise Refusal(21201)
    if not parameters.text("From"):
        raise Refusal(21213)
    to = _number(parameters.text("To"), wrong=21211)
    sender = account.senders.get(_number(parameters.text("From"), wrong=21212))
    if sender is None or not sender.voice:
        raise Refusal(21210, about=parameters.text("From"))
    if sender.id == to:
        raise Refusal(21266)
    if not sender.reaches(PhoneNumber(to).region):
        raise Refusal(21215, about=to)
    first = source_asked(parameters)
    ring_seconds = parameters.whole("Timeout", 60)
    longest = parameters.whole("TimeLimit", LONGEST_CALL)
    if not 1 <= ring_seconds <= LONGEST_RING or not 1 <= longest <= LONGEST_CALL:
        raise Refusal(20001)
    check_queue(sender.id)
    call = Call(
        ordinal=account.calls.next_ordinal(),
        sid=account.new_sid("CA"),
        direction=Direction.API,
        sender=sender.id,
        to=to,
        created=now,
        updated=now,
        first=first,
        fallback=_fallback(parameters),
        ring_seconds=ring_seconds,
        longest_seconds=longest,
        callback=parameters.text("StatusCallback"),
        events=_call_events(parameters),
        detects=_detection(parameters),
        detects_aside=parameters.text("AsyncAmd").casefold() == "true",
        detection_callback=parameters.text("AsyncAmdStatusCallback"),
    )
    account.calls.file(call)
    return call


def source_asked(parameters: Parameters) -> Source:
    """Where a request says that a call's instructions are. `Url` counts before `Twiml`. Raises Refusal."""
    if url := parameters.text("Url"):
        return Source(url, parameters.text("Method").upper() or "POST")
    twiml = parameters.text("Twiml")
    if not twiml:
        raise Refusal(21205)
    if len(twiml) > LONGEST_TWIML:
        raise Refusal(20001)
    return Source(twiml=twiml)


def normal(text: str) -> str:
    """A number in E.164, or the text as it is when it is none."""
    return _parsed(text) or text


def _sms_sender(parameters: Parameters, account: Account) -> Sender:
    text = parameters.text("From")
    if not text:
        raise Refusal(21701 if parameters.text("MessagingServiceSid") else 21603)
    sender = account.senders.get(text)
    if sender is None:
        if re.search(r"[A-Za-z]", text) and len(text) <= 11:
            raise Refusal(21606, about=text)
        sender = account.senders.get(_number(text, wrong=21212))
    if sender is None or not sender.sms:
        raise Refusal(21606, about=text)
    return sender


def _check_route(sender: Sender, to: str) -> None:
    if sender.id == to:
        raise Refusal(21266)
    if "*" not in sender.countries and not sender.reaches(PhoneNumber(to).region):
        raise Refusal(21612, about=to)


def _check_contents(parameters: Parameters) -> None:
    if parameters.text("ContentSid"):
        raise Refusal(21655)
    if parameters.text("SendAt"):
        raise Refusal(35118)
    if not parameters.text("Body") and not parameters.every("MediaUrl"):
        raise Refusal(21602)
    if len(parameters.text("Body")) > LONGEST_BODY:
        raise Refusal(21617)


def _fallback(parameters: Parameters) -> Source | None:
    url = parameters.text("FallbackUrl")
    return Source(url, parameters.text("FallbackMethod").upper() or "POST") if url else None


def _detection(parameters: Parameters) -> str:
    """What is to be detected; keys to send rule a detection out."""
    asked = parameters.text("MachineDetection")
    if asked not in {"", "Enable", "DetectMessageEnd"}:
        raise Refusal(20001)
    return "" if parameters.text("SendDigits") else asked


def _call_events(parameters: Parameters) -> frozenset[str]:
    asked = {event for value in parameters.every("StatusCallbackEvent") for event in value.split()}
    return frozenset(asked & _CALL_EVENTS) or frozenset({"completed"})


def _number(text: str, *, wrong: int) -> str:
    number = _parsed(text)
    if number is None:
        raise Refusal(wrong, about=text)
    return number


@lru_cache(maxsize=100_000)
def _parsed(text: str) -> str | None:
    try:
        return PhoneNumber.parse(text).e164
    except NotAPhoneNumber:
        return None
