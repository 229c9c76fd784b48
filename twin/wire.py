"""The provider's JSON: its resources, its pages, its error."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TypedDict

from telephony.numbers import NotAPhoneNumber, PhoneNumber
from twin.call_records import Call, Recording
from twin.callbacks import API_VERSION
from twin.records import Message
from twin.refusals import Refusal, meaning

MessageJson = TypedDict(
    "MessageJson",
    {
        "account_sid": str,
        "api_version": str,
        "body": str,
        "date_created": str,
        "date_sent": str | None,
        "date_updated": str,
        "direction": str,
        "error_code": int | None,
        "error_message": str | None,
        "from": str,
        "messaging_service_sid": None,
        "num_media": str,
        "num_segments": str,
        "price": None,
        "price_unit": str,
        "sid": str,
        "status": str,
        "subresource_uris": dict[str, str],
        "to": str,
        "uri": str,
    },
)

CallJson = TypedDict(
    "CallJson",
    {
        "account_sid": str,
        "answered_by": str | None,
        "api_version": str,
        "caller_name": None,
        "date_created": str,
        "date_updated": str,
        "direction": str,
        "duration": str | None,
        "end_time": str | None,
        "forwarded_from": None,
        "from": str,
        "from_formatted": str,
        "group_sid": None,
        "parent_call_sid": str | None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": str,
        "queue_time": str,
        "sid": str,
        "start_time": str | None,
        "status": str,
        "subresource_uris": dict[str, str],
        "to": str,
        "to_formatted": str,
        "trunk_sid": None,
        "uri": str,
    },
)


class RecordingJson(TypedDict):
    """A recording, in what the account's list and a call's list agree on."""

    account_sid: str
    api_version: str
    call_sid: str
    conference_sid: None
    date_created: str
    date_updated: str
    start_time: str
    duration: str | None
    sid: str
    price: None
    price_unit: str
    status: str
    channels: int
    source: str
    error_code: None
    uri: str
    encryption_details: None


class AccountRecordingJson(RecordingJson):
    """A recording in the account's list."""

    subresource_uris: dict[str, str]
    media_url: str


class CallRecordingJson(RecordingJson):
    """A recording in a call's list."""

    track: str


class PageJson(TypedDict):
    """Where a page of a list stands among its neighbours."""

    first_page_uri: str
    previous_page_uri: str | None
    next_page_uri: str | None
    uri: str
    page: int
    page_size: int
    start: int
    end: int


class ErrorJson(TypedDict):
    """How the provider says no."""

    code: int
    message: str
    more_info: str
    status: int


def rfc2822(when: datetime) -> str:
    """A moment as the provider writes it."""
    return format_datetime(when)


@lru_cache(maxsize=10_000)
def country(number: str) -> str:
    """The country of a number as the provider's forms name it, empty when it has none."""
    try:
        return PhoneNumber.from_wire(number).region or ""
    except NotAPhoneNumber:
        return ""


def folder(account_sid: str, what: str) -> str:
    """Where an account's messages or calls live, without `.json`."""
    return f"/{API_VERSION}/Accounts/{account_sid}/{what}"


def account_json(account_sid: str) -> Mapping[str, object]:
    """The account as the provider shows it, without its token."""
    place = f"/{API_VERSION}/Accounts/{account_sid}"
    return {
        "sid": account_sid,
        "owner_account_sid": account_sid,
        "friendly_name": "Twin",
        "status": "active",
        "type": "Full",
        "subresource_uris": {"messages": f"{place}/Messages.json", "calls": f"{place}/Calls.json"},
        "uri": f"{place}.json",
    }


def message_json(message: Message, account_sid: str) -> MessageJson:
    """A message as the provider shows it."""
    place = f"{folder(account_sid, 'Messages')}/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent) if message.sent else None,
        "date_updated": rfc2822(message.updated),
        "direction": message.direction.value,
        "error_code": message.code,
        "error_message": meaning(message.code).text if message.code is not None else None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": str(message.media),
        "num_segments": str(message.size.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status.value,
        "subresource_uris": {"media": f"{place}/Media.json"},
        "to": message.to,
        "uri": f"{place}.json",
    }


def call_json(call: Call, account_sid: str) -> CallJson:
    """A call as the provider shows it."""
    place = f"{folder(account_sid, 'Calls')}/{call.sid}"
    return {
        "account_sid": account_sid,
        "answered_by": call.answered_by or None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(call.created),
        "date_updated": rfc2822(call.updated),
        "direction": call.direction.value,
        "duration": str(call.seconds) if call.ended else None,
        "end_time": rfc2822(call.ended) if call.ended else None,
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": call.parent or None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(round(call.queue_seconds * 1000)),
        "sid": call.sid,
        "start_time": rfc2822(call.answered) if call.answered else None,
        "status": call.status.value,
        "subresource_uris": {"events": f"{place}/Events.json", "recordings": f"{place}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{place}.json",
    }


def recording_json(recording: Recording, account_sid: str, *, ready: bool) -> AccountRecordingJson:
    """A recording as the account's list shows it. `ready`: it can be fetched."""
    place = f"{folder(account_sid, 'Recordings')}/{recording.sid}"
    parts = {"transcriptions": f"{place}/Transcriptions.json", "add_on_results": f"{place}/AddOnResults.json"}
    return {**_recording(recording, account_sid, ready=ready), "subresource_uris": parts, "media_url": place}


def call_recording_json(recording: Recording, account_sid: str, *, ready: bool) -> CallRecordingJson:
    """A recording as its call's list shows it."""
    return {**_recording(recording, account_sid, ready=ready), "track": "inbound"}


def _recording(recording: Recording, account_sid: str, *, ready: bool) -> RecordingJson:
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "date_created": rfc2822(recording.created),
        "date_updated": rfc2822(recording.created),
        "start_time": rfc2822(recording.created),
        "duration": str(recording.seconds) if ready else None,
        "sid": recording.sid,
        "price": None,
        "price_unit": "USD",
        "status": "completed" if ready else "processing",
        "channels": 1,
        "source": "RecordVerb",
        "error_code": None,
        "uri": f"{folder(account_sid, 'Recordings')}/{recording.sid}.json",
        "encryption_details": None,
    }


def error_json(refusal: Refusal) -> ErrorJson:
    """A refusal as the provider words it."""
    return {
        "code": refusal.code,
        "message": refusal.text,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
