"""The provider's JSON: its resources, its pages, its error."""

from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TypedDict

from telephony.numbers import NotAPhoneNumber, PhoneNumber
from twin.callbacks import API_VERSION
from twin.records import Call, Direction, Message
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
        "answered_by": None,
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
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": str,
        "queue_time": str,
        "sid": str,
        "start_time": None,
        "status": str,
        "subresource_uris": dict[str, str],
        "to": str,
        "to_formatted": str,
        "trunk_sid": None,
        "uri": str,
    },
)


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
        "answered_by": None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(call.created),
        "date_updated": rfc2822(call.updated),
        "direction": Direction.API.value,
        "duration": "0" if call.ended else None,
        "end_time": rfc2822(call.ended) if call.ended else None,
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": None,
        "status": call.status.value,
        "subresource_uris": {"events": f"{place}/Events.json", "recordings": f"{place}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{place}.json",
    }


def error_json(refusal: Refusal) -> ErrorJson:
    """A refusal as the provider words it."""
    return {
        "code": refusal.code,
        "message": refusal.text,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
