"""The twin against the provider's published description, and against the provider's own client."""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from telephony.numbers import PhoneNumber
from tests.caller import Caller
from tests.twin.conftest import BASE, SENDER, START, Wire
from twin.account import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN
from twin.parameters import (
    CREATE_CALL,
    CREATE_MESSAGE,
    LIST_CALL_RECORDINGS,
    LIST_CALLS,
    LIST_MESSAGES,
    LIST_RECORDINGS,
    UPDATE_CALL,
    UPDATE_MESSAGE,
    Kind,
    Table,
)

_DESCRIPTION = Path(__file__).resolve().parents[3] / "shared" / "data" / "twilio_api_v2010.json"
_PLACE = "/2010-04-01/Accounts/{AccountSid}"
_KINDS = {"integer": Kind.WHOLE, "number": Kind.NUMBER, "boolean": Kind.TRUTH}
_FORMATS = {"uri": Kind.URL, "date-time": Kind.MOMENT, "date": Kind.MOMENT, "http-method": Kind.CHOICE}


@pytest.fixture(scope="module")
def description() -> Mapping[str, Any]:
    """The provider's OpenAPI description."""
    if not _DESCRIPTION.exists():
        pytest.skip("the provider's description is not beside this checkout")
    read: Mapping[str, Any] = json.loads(_DESCRIPTION.read_text())
    return read


def _posted(description: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    body = description["paths"][_PLACE + path]["post"]["requestBody"]["content"]
    properties: Mapping[str, Any] = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    return properties


def _queried(description: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    parameters = description["paths"][_PLACE + path]["get"]["parameters"]
    return {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}


def _kind(schema: Mapping[str, Any], description: Mapping[str, Any]) -> tuple[Kind, tuple[str, ...]]:
    if schema.get("type") == "array":
        return _kind(schema["items"], description)
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return Kind.CHOICE, tuple(schema["enum"])
    if "pattern" in schema:
        return Kind.SID, (schema["pattern"][1:3],)
    kind = _KINDS.get(schema["type"]) or _FORMATS.get(schema.get("format", ""), Kind.TEXT)
    return kind, ()


@pytest.mark.parametrize(
    ("table", "part", "path"),
    [
        (CREATE_MESSAGE, _posted, "/Messages.json"),
        (UPDATE_MESSAGE, _posted, "/Messages/{Sid}.json"),
        (LIST_MESSAGES, _queried, "/Messages.json"),
        (CREATE_CALL, _posted, "/Calls.json"),
        (UPDATE_CALL, _posted, "/Calls/{Sid}.json"),
        (LIST_CALLS, _queried, "/Calls.json"),
        (LIST_RECORDINGS, _queried, "/Recordings.json"),
        (LIST_CALL_RECORDINGS, _queried, "/Calls/{CallSid}/Recordings.json"),
    ],
)
def test_the_parameter_tables_are_the_published_ones(
    description: Mapping[str, Any], table: Table, part: Any, path: str
) -> None:
    published = {name: _kind(schema, description) for name, schema in part(description, path).items()}
    assert {name: (one.kind, one.only) for name, one in table.items()} == published


def _check(value: object, schema: Mapping[str, Any], description: Mapping[str, Any]) -> None:
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if value is None:
        assert schema.get("nullable")
        return
    types = {"string": str, "integer": int, "number": int | float, "object": dict}
    assert isinstance(value, types[schema["type"]])
    assert "enum" not in schema or value in schema["enum"]
    assert "pattern" not in schema or re.fullmatch(schema["pattern"], str(value))
    if schema.get("format") == "date-time-rfc-2822":
        assert parsedate_to_datetime(str(value)).tzinfo is not None


@pytest.mark.parametrize("seconds", [0, 10])
def test_a_message_has_exactly_the_published_fields(
    description: Mapping[str, Any], wire: Wire, number: str, seconds: float
) -> None:
    wire.trouble("undeliver", value=30003)
    sid = wire.create(number).json["sid"]
    wire.running.advance(seconds)
    message = wire.fetch(sid).json
    published = description["components"]["schemas"]["api.v2010.account.message"]["properties"]
    assert message.keys() == published.keys()
    for name, schema in published.items():
        _check(message[name], schema, description)


def test_a_call_has_exactly_the_published_fields(
    description: Mapping[str, Any], wire: Wire, number: str
) -> None:
    form = {"To": number, "From": SENDER, "Url": f"{wire.service.url}/voice/answer"}
    call = wire.ask("POST", f"{BASE}/Calls.json", form=form).json
    _check_fields(call, "call", description)
    Caller(PhoneNumber(number), wire.running).rings().answers().listens()
    _check_fields(wire.ask("GET", f"{BASE}/Calls/{call['sid']}.json").json, "call", description)


def test_a_recording_has_exactly_the_published_fields(
    description: Mapping[str, Any], wire: Wire, number: str
) -> None:
    wire.service.pages = {"/voice/answer": "<Record/>"}
    call = Caller(PhoneNumber(number), wire.running).dials().says("hello", seconds=2)
    wire.running.advance(10)
    (of_account,) = wire.ask("GET", f"{BASE}/Recordings.json").json["recordings"]
    _check_fields(of_account, "recording", description)
    place = f"{BASE}/Calls/{call.call.sid}/Recordings.json"
    (of_call,) = wire.ask("GET", place).json["recordings"]
    _check_fields(of_call, "call.call_recording", description)


def _check_fields(found: Mapping[str, Any], resource: str, description: Mapping[str, Any]) -> None:
    published = description["components"]["schemas"][f"api.v2010.account.{resource}"]["properties"]
    assert found.keys() == published.keys()
    for name, schema in published.items():
        _check(found[name], schema, description)


@pytest.mark.parametrize("resource", ["Messages", "Calls", "Recordings"])
def test_a_page_has_exactly_the_published_fields(
    description: Mapping[str, Any], wire: Wire, resource: str
) -> None:
    answer = description["paths"][f"{_PLACE}/{resource}.json"]["get"]["responses"]["200"]
    published = answer["content"]["application/json"]["schema"]["properties"]
    assert wire.ask("GET", f"{BASE}/{resource}.json").json.keys() == published.keys()


# The provider's client still hands its login over in a way that aiohttp means to drop.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning")
async def test_the_providers_own_client_sends_fetches_lists_redacts_and_deletes(
    wire: Wire, number: str
) -> None:
    http = AsyncTwilioHttpClient()
    client = Client(DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, http_client=http)
    client.api.base_url = wire.running.url
    try:
        sent = [
            await client.messages.create_async(to=number, from_=SENDER, body=f"text {count}")
            for count in range(3)
        ]
        wire.running.advance(10)
        fetched = await client.messages(sent[0].sid).fetch_async()
        assert (fetched.status, fetched.date_created, fetched.num_segments) == ("delivered", START, "1")
        listed = await client.messages.list_async(to=number, date_sent_after=START, page_size=2)
        assert [one.sid for one in listed] == [one.sid for one in reversed(sent)]
        assert (await fetched.update_async(body="")).body == ""
        assert await fetched.delete_async()
        with pytest.raises(TwilioRestException) as missing:
            await client.messages(sent[0].sid).fetch_async()
        assert (missing.value.status, missing.value.code) == (404, 20404)
        with pytest.raises(TwilioRestException) as refused:
            await client.messages.create_async(to="12", from_=SENDER, body="x")
        assert (refused.value.status, refused.value.code) == (400, 21211)
    finally:
        await http.close()
