"""The forms that the provider posts to us: their words, their signature, and what they say in our words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hmac import compare_digest
from typing import Final

from twilio.request_validator import RequestValidator

from telephony.errors import BadRequest, NotFromAPhone
from telephony.messages import (
    AnsweredBy,
    CallStatus,
    CallTurn,
    CallUpdate,
    DeliveryStatus,
    InboundSms,
    StatusUpdate,
)
from telephony.numbers import NotAPhoneNumber, PhoneNumber
from telephony.provider import Form

_CODE: Final = re.compile("[0-9]{1,6}")
_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "accepted": DeliveryStatus.QUEUED,
    "scheduled": DeliveryStatus.QUEUED,
    "queued": DeliveryStatus.QUEUED,
    "sending": DeliveryStatus.SENDING,
    "receiving": DeliveryStatus.SENDING,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "partially_delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "received": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}


_CALL_STATUSES: Final[Mapping[str, CallStatus]] = {
    **{status.value: status for status in CallStatus},
    "initiated": CallStatus.QUEUED,
    "answered": CallStatus.IN_PROGRESS,
}
_KEYS: Final = re.compile("[0-9*#]{1,64}")
_NEVER_INBOUND: Final = "outbound"
# SIP codes with which a telephone refuses a call: 603 declined, 607 unwanted (RFC 3261, RFC 8197).
_DECLINED: Final = frozenset({"603", "607"})


def call_status(word: str | None) -> CallStatus:
    """The provider's word for a call in our terms. A word we do not know ranks lowest: it moves nothing."""
    return _CALL_STATUSES.get(word or "", CallStatus.QUEUED)


def delivery_status(word: str | None) -> DeliveryStatus:
    """The provider's status word in our terms. A word we do not know ranks lowest: it moves nothing."""
    return _STATUSES.get(word or "", DeliveryStatus.QUEUED)


def error_code(value: object) -> int | None:
    """The provider's error code, from a form or from JSON; None when there is none."""
    text = str(value or "")
    return (int(text) or None) if _CODE.fullmatch(text) else None


def parse_inbound_sms(form: Form) -> InboundSms:
    """Read an inbound text. A picture message has no words: its body is empty.

    Raises BadRequest, or NotFromAPhone for a short code or an alphanumeric sender.
    """
    fields = _Fields(form)
    sid = fields.required("MessageSid", "SmsSid")
    sender = fields.required("To")
    try:
        number = PhoneNumber.from_wire(fields.required("From"))
    except NotAPhoneNumber:
        raise NotFromAPhone(sid) from None
    return InboundSms(sid=sid, number=number, sender=sender, body=fields.first("Body") or "")


def parse_status(form: Form) -> StatusUpdate:
    """Read a status callback. Raises BadRequest."""
    fields = _Fields(form)
    return StatusUpdate(
        sid=fields.required("MessageSid", "SmsSid"),
        status=delivery_status(fields.required("MessageStatus", "SmsStatus")),
        code=error_code(fields.first("ErrorCode")),
    )


def parse_call(form: Form) -> CallTurn:
    """Read a request about a call that goes on.

    Keys that no telephone has are left out. Raises BadRequest, or NotFromAPhone for a withheld number.
    """
    fields = _Fields(form)
    sid = fields.required("CallSid")
    inbound = not (fields.first("Direction") or "").startswith(_NEVER_INBOUND)
    theirs, ours = ("From", "To") if inbound else ("To", "From")
    sender = fields.required(ours)
    try:
        number = PhoneNumber.from_wire(fields.first(theirs) or "")
    except NotAPhoneNumber:
        raise NotFromAPhone(sid) from None
    keys = fields.first("Digits") or ""
    return CallTurn(
        sid=sid,
        number=number,
        sender=sender,
        inbound=inbound,
        digits=keys if _KEYS.fullmatch(keys) else "",
        speech=fields.first("SpeechResult") or "",
        recording=fields.first("RecordingSid") or "",
        seconds=error_code(fields.first("RecordingDuration")) or 0,
        connected=_connected(fields.first("DialCallStatus")),
        connected_sid=fields.first("DialCallSid") or "",
        bridged=fields.first("DialBridged") != "false",
        over=_is_over(fields.first("CallStatus")),
    )


def _is_over(word: str | None) -> bool:
    return bool(word) and call_status(word or "").is_final


def _connected(word: str | None) -> CallStatus | None:
    """How a <Dial> ended: "answered" is said where several were rung, and is an end as well."""
    if not word:
        return None
    return CallStatus.COMPLETED if word == "answered" else call_status(word)


def parse_call_status(form: Form) -> CallUpdate:
    """Read news of a call: its progress, or who picked up. Raises BadRequest."""
    fields = _Fields(form)
    word = fields.first("CallStatus")
    answered = fields.first("AnsweredBy")
    return CallUpdate(
        sid=fields.required("CallSid"),
        status=call_status(word) if word else None,
        answered_by=answered_by(answered) if answered else None,
        code=error_code(fields.first("ErrorCode")),
        declined=fields.first("SipResponseCode") in _DECLINED,
    )


def answered_by(word: str) -> AnsweredBy:
    """Who picked up: any machine or fax is a machine; what nobody knows may be a person."""
    if word == "human":
        return AnsweredBy.HUMAN
    return AnsweredBy.MACHINE if word.startswith(("machine", "fax")) else AnsweredBy.UNKNOWN


def verify(url: str, form: Form, signature: str, *, tokens: Sequence[str]) -> bool:
    """Whether one of the tokens signed this form for that full URL, with or without its default port."""
    fields = _Fields(form)
    try:
        return any(_is_signed(RequestValidator(token), url, fields, signature) for token in tokens)
    except UnicodeEncodeError:  # a lone surrogate: no provider can have signed that
        return False


def _is_signed(validator: RequestValidator, url: str, fields: "_Fields", signature: str) -> bool:
    """The SDK's own check, which signs the form twice: with the port and without; so first as we write it."""
    ours = str(validator.compute_signature(url, fields))
    return compare_digest(ours.encode(), signature.encode()) or validator.validate(url, fields, signature)


def sign(url: str, form: Form, *, token: str) -> str:
    """The signature that the provider puts on this form for that full URL."""
    return str(RequestValidator(token).compute_signature(url, _Fields(form)))


class _Fields:
    """A form's fields with all their values, whatever holds them, in the shape the SDK's validator reads."""

    def __init__(self, form: Form) -> None:
        # A form as web frameworks hand it over: indexing gives one value, `getlist` all of them.
        getlist = getattr(form, "getlist", None)
        self._values: dict[str, list[str]] = {
            name: getlist(name) if getlist else _as_list(form[name]) for name in form
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        """Every value of that name."""
        return self._values[name]

    def first(self, name: str) -> str | None:
        """The first value of that name; None when the form lacks it."""
        values = self._values.get(name)
        return values[0] if values else None

    def required(self, *names: str) -> str:
        """The value under the first of these names that has one; the later names are older spellings."""
        for name in names:
            if value := self.first(name):
                return value
        raise BadRequest(names[0])


def _as_list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
