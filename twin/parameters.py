"""What the provider accepts, as data: each parameter's kind and the code that a wrong value is refused with.

Checked against the provider's OpenAPI description in tests/twin/test_contract.py. Parameters that are not
in the table are ignored, as the provider does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from multidict import MultiMapping

from twin.refusals import Refusal


class Kind(StrEnum):
    """The forms of value that the provider's description knows."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    TRUTH = "truth"
    URL = "url"
    MOMENT = "moment"
    SID = "sid"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `only` are a CHOICE's values, or a SID's two letters; `wrong` is the refusal's code."""

    kind: Kind = Kind.TEXT
    wrong: int = 20001
    only: tuple[str, ...] = ()


_TEXT: Final = Parameter()
_WHOLE: Final = Parameter(Kind.WHOLE)
_TRUTH: Final = Parameter(Kind.TRUTH)
_URL: Final = Parameter(Kind.URL)
_MOMENT: Final = Parameter(Kind.MOMENT)
_METHOD: Final = Parameter(Kind.CHOICE, only=("GET", "POST"))
_RETENTION: Final = Parameter(Kind.CHOICE, only=("retain", "discard"))
_APPLICATION: Final = Parameter(Kind.SID, wrong=21218, only=("AP",))
_CALLBACK: Final = Parameter(Kind.URL, wrong=21609)

Table = Mapping[str, Parameter]

CREATE_MESSAGE: Final[Table] = {
    "To": _TEXT,
    "From": _TEXT,
    "Body": _TEXT,
    "StatusCallback": _CALLBACK,
    "ValidityPeriod": Parameter(Kind.WHOLE, wrong=90014),
    "ApplicationSid": _APPLICATION,
    "MessagingServiceSid": Parameter(Kind.SID, wrong=21701, only=("MG",)),
    "ContentSid": Parameter(Kind.SID, wrong=21655, only=("HX",)),
    "MediaUrl": Parameter(Kind.URL, wrong=21620),
    "MaxPrice": Parameter(Kind.NUMBER),
    "ProvideFeedback": _TRUTH,
    "Attempt": _WHOLE,
    "ForceDelivery": _TRUTH,
    "ContentRetention": _RETENTION,
    "AddressRetention": Parameter(Kind.CHOICE, only=("retain", "obfuscate")),
    "SmartEncoded": _TRUTH,
    "PersistentAction": _TEXT,
    "TrafficType": Parameter(Kind.CHOICE, only=("free",)),
    "ShortenUrls": _TRUTH,
    "ScheduleType": Parameter(Kind.CHOICE, only=("fixed",)),
    "SendAt": _MOMENT,
    "SendAsMms": _TRUTH,
    "ContentVariables": _TEXT,
    "RiskCheck": Parameter(Kind.CHOICE, only=("enable", "disable")),
    "FallbackFrom": _TEXT,
}
UPDATE_MESSAGE: Final[Table] = {
    "Body": _TEXT,
    "Status": Parameter(Kind.CHOICE, only=("canceled",)),
}
LIST_MESSAGES: Final[Table] = {
    "To": _TEXT,
    "From": _TEXT,
    "DateSent": _MOMENT,
    "DateSent<": _MOMENT,
    "DateSent>": _MOMENT,
    "PageSize": _WHOLE,
    "Page": _WHOLE,
    "PageToken": _TEXT,
}
CREATE_CALL: Final[Table] = {
    "To": _TEXT,
    "From": _TEXT,
    "Url": Parameter(Kind.URL, wrong=21205),
    "Twiml": _TEXT,
    "ApplicationSid": _APPLICATION,
    "Method": _METHOD,
    "FallbackUrl": _URL,
    "FallbackMethod": _METHOD,
    "StatusCallback": _CALLBACK,
    "StatusCallbackEvent": _TEXT,
    "StatusCallbackMethod": _METHOD,
    "Timeout": _WHOLE,
    "TimeLimit": _WHOLE,
    "Record": _TRUTH,
    "RecordingChannels": _TEXT,
    "RecordingStatusCallback": _TEXT,
    "RecordingStatusCallbackMethod": _METHOD,
    "RecordingStatusCallbackEvent": _TEXT,
    "RecordingTrack": _TEXT,
    "Trim": _TEXT,
    "MachineDetection": _TEXT,
    "MachineDetectionTimeout": _WHOLE,
    "MachineDetectionSpeechThreshold": _WHOLE,
    "MachineDetectionSpeechEndThreshold": _WHOLE,
    "MachineDetectionSilenceTimeout": _WHOLE,
    "AsyncAmd": _TEXT,
    "AsyncAmdStatusCallback": _URL,
    "AsyncAmdStatusCallbackMethod": _METHOD,
    "SendDigits": _TEXT,
    "SipAuthUsername": _TEXT,
    "SipAuthPassword": _TEXT,
    "CallerId": _TEXT,
    "CallReason": _TEXT,
    "CallToken": _TEXT,
    "Byoc": Parameter(Kind.SID, only=("BY",)),
    "ClientNotificationUrl": _URL,
}
UPDATE_CALL: Final[Table] = {
    "Url": Parameter(Kind.URL, wrong=21205),
    "Twiml": _TEXT,
    "Method": _METHOD,
    "Status": Parameter(Kind.CHOICE, only=("canceled", "completed")),
    "FallbackUrl": _URL,
    "FallbackMethod": _METHOD,
    "StatusCallback": _CALLBACK,
    "StatusCallbackMethod": _METHOD,
    "TimeLimit": _WHOLE,
}
LIST_CALLS: Final[Table] = {
    "To": _TEXT,
    "From": _TEXT,
    "ParentCallSid": Parameter(Kind.SID, only=("CA",)),
    "Status": Parameter(
        Kind.CHOICE,
        only=("queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"),
    ),
    "StartTime": _MOMENT,
    "StartTime<": _MOMENT,
    "StartTime>": _MOMENT,
    "EndTime": _MOMENT,
    "EndTime<": _MOMENT,
    "EndTime>": _MOMENT,
    "PageSize": _WHOLE,
    "Page": _WHOLE,
    "PageToken": _TEXT,
}
LIST_RECORDINGS: Final[Table] = {
    "DateCreated": _MOMENT,
    "DateCreated<": _MOMENT,
    "DateCreated>": _MOMENT,
    "CallSid": Parameter(Kind.SID, only=("CA",)),
    "ConferenceSid": Parameter(Kind.SID, only=("CF",)),
    "IncludeSoftDeleted": _TRUTH,
    "PageSize": _WHOLE,
    "Page": _WHOLE,
    "PageToken": _TEXT,
}
LIST_CALL_RECORDINGS: Final[Table] = {
    "DateCreated": _MOMENT,
    "DateCreated<": _MOMENT,
    "DateCreated>": _MOMENT,
    "PageSize": _WHOLE,
    "Page": _WHOLE,
    "PageToken": _TEXT,
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """A request's parameters, each known to be of the right kind. An absent one and an empty one differ."""

    given: MultiMapping[str]

    def text(self, name: str) -> str:
        """The value, or nothing."""
        return self.given.get(name, "")

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated."""
        return list(self.given.getall(name, []))

    def has(self, name: str) -> bool:
        """Whether the parameter was sent, even empty."""
        return name in self.given

    def whole(self, name: str, default: int) -> int:
        """The value as a whole number."""
        return int(self.given[name]) if self.given.get(name) else default


def read(given: MultiMapping[str], table: Table) -> Parameters:
    """Check every parameter that the table knows. Raises Refusal."""
    for name, value in given.items():
        parameter = table.get(name)
        if parameter is not None and value and not _CHECKS[parameter.kind](value, parameter.only):
            raise Refusal(parameter.wrong)
    return Parameters(given)


def moment(text: str) -> datetime:
    """A date (its first moment, UTC) or a date and time. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _is_moment(value: str, _only: tuple[str, ...]) -> bool:
    try:
        moment(value)
    except ValueError:
        return False
    return True


def _is_number(value: str, _only: tuple[str, ...]) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII) is not None


def _is_url(value: str, _only: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_sid(value: str, only: tuple[str, ...]) -> bool:
    return re.fullmatch(r"[A-Z]{2}[0-9a-fA-F]{32}", value) is not None and value[:2] in only


_CHECKS: Final[Mapping[Kind, Callable[[str, tuple[str, ...]], bool]]] = {
    Kind.TEXT: lambda _value, _only: True,
    Kind.WHOLE: lambda value, _only: re.fullmatch(r"-?\d{1,9}", value, re.ASCII) is not None,
    Kind.NUMBER: _is_number,
    Kind.TRUTH: lambda value, _only: value.casefold() in {"true", "false"},
    Kind.URL: _is_url,
    Kind.MOMENT: _is_moment,
    Kind.SID: _is_sid,
    Kind.CHOICE: lambda value, only: value.casefold() in {choice.casefold() for choice in only},
}
