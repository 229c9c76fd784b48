import asyncio
import base64
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from telephony import twilio_forms
from telephony.errors import Decision, OutcomeUnknown, ProviderError, Refused
from telephony.messages import Accepted, DeliveryStatus, ListedMessage, OutboundSms, StatusUpdate
from telephony.numbers import synthetic
from telephony.twilio_api import Twilio, TwilioConfig
from tests.telephony import published

ACCOUNT = "AC" + "0" * 32
TOKEN = "a token of ours"
SID = "SM" + "a" * 32
PHONE, LINE = synthetic(21), synthetic(22)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SMS = OutboundSms(
    to=PHONE,
    sender=LINE.e164,
    body="Tuo stato? 1 salvo, 2 aiuto • è & + % = ?",
    status_url="https://alongside.example/sms/status/abc",
    valid_seconds=3600,
)
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
MESSAGE = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _record(**changes: object) -> dict[str, object]:
    """A message as the provider shows it, with the fields we read."""
    record = {
        "sid": SID,
        "to": PHONE.e164,
        "from": LINE.e164,
        "body": SMS.body,
        "status": "queued",
        "error_code": None,
        "date_created": format_datetime(NOON),
        "date_sent": None,
        "date_updated": format_datetime(NOON),
    }
    return {**record, **changes}


def _page(records: Iterable[dict[str, object]], next_page: str | None = None) -> dict[str, object]:
    return {"messages": list(records), "next_page_uri": next_page, "page": 0, "page_size": 1000, "uri": ""}


@dataclass(frozen=True)
class _Seen:
    """A request as it arrived."""

    method: str
    path: str
    fields: dict[str, str]
    headers: dict[str, str]
    peer: object


@dataclass
class Api:
    """A server that speaks just enough of the provider's API: it answers what it is told, and remembers."""

    address: str = ""
    seen: list[_Seen] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        """Answer one more request with that JSON."""

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.json_response(body, status=status, headers=headers)

        self.answers.append(respond)

    def answer_text(self, text: str, status: int = 200) -> None:
        """Answer one more request with that text."""

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.Response(text=text, status=status)

        self.answers.append(respond)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember the request and give the next answer."""
        encoded = request.query_string if request.method == "GET" else (await request.read()).decode()
        fields = dict(parse_qsl(encoded, keep_blank_values=True))
        peer = request.transport and request.transport.get_extra_info("peername")
        self.seen.append(_Seen(request.method, request.path, fields, dict(request.headers), peer))
        return await self.answers.pop(0)(request)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", api.handle)
    server = TestServer(application)
    await server.start_server(access_log=None)
    api.address = f"http://127.0.0.1:{server.port}"
    yield api
    await server.close()


def _config(address: str, **changes: float) -> TwilioConfig:
    return TwilioConfig(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=address,
        connections=int(changes.get("connections", 64)),
        connect_seconds=changes.get("connect_seconds", 5.0),
        total_seconds=changes.get("total_seconds", 15.0),
    )


@pytest.fixture
async def twilio(api: Api) -> AsyncIterator[Twilio]:
    provider = Twilio(_config(api.address))
    yield provider
    await provider.close()


async def test_a_text_is_posted_as_the_provider_wants_it(api: Api, twilio: Twilio) -> None:
    api.answer(_record(), status=201)
    assert await twilio.send_sms(SMS) == Accepted(sid=SID, status=DeliveryStatus.QUEUED)
    (request,) = api.seen
    assert (request.method, request.path) == ("POST", MESSAGES)
    assert request.fields == {
        "To": PHONE.e164,
        "From": LINE.e164,
        "Body": SMS.body,
        "StatusCallback": SMS.status_url,
        "ValidityPeriod": "3600",
    }
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {credentials}"


async def test_connections_are_kept_and_used_again(api: Api, twilio: Twilio) -> None:
    for _ in range(5):
        api.answer(_record(), status=201)
        await twilio.send_sms(SMS)
    assert len({request.peer for request in api.seen}) == 1


async def test_after_closing_the_next_request_opens_a_connection_anew(api: Api, twilio: Twilio) -> None:
    for _ in range(2):
        api.answer(_record(), status=201)
        await twilio.send_sms(SMS)
        await twilio.close()
        await twilio.close()
    assert len({request.peer for request in api.seen}) == 2


async def test_another_event_loop_has_connections_of_its_own(api: Api, twilio: Twilio) -> None:
    async def elsewhere() -> Accepted:
        try:
            return await twilio.send_sms(SMS)
        finally:
            await twilio.close()

    for _ in range(3):
        api.answer(_record(), status=201)
    await twilio.send_sms(SMS)
    assert (await asyncio.to_thread(asyncio.run, elsewhere())).sid == SID
    await twilio.send_sms(SMS)
    assert api.seen[0].peer == api.seen[2].peer != api.seen[1].peer


async def test_the_address_may_carry_a_path(api: Api) -> None:
    api.answer(_record())
    provider = Twilio(_config(api.address + "/twin/"))
    await provider.fetch(SID)
    await provider.close()
    assert api.seen[0].path == "/twin" + MESSAGE


async def test_a_region_in_our_environment_does_not_change_the_address(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    api.answer(_record(), status=201)
    provider = Twilio(_config(api.address))
    await provider.send_sms(SMS)
    await provider.close()
    assert len(api.seen) == 1


@pytest.mark.parametrize("address", ["", "api.example", "ftp://api.example", "http://"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        _config(address)


def test_a_configuration_printed_by_accident_shows_no_token() -> None:
    config = TwilioConfig(account_sid=ACCOUNT, auth_token=TOKEN, previous_token="the old one")
    assert TOKEN not in repr(config)
    assert "old" not in repr(config)


async def test_a_refusal_carries_the_providers_code_and_our_decision(api: Api, twilio: Twilio) -> None:
    api.answer({"code": 21610, "message": f"{PHONE.e164} has unsubscribed", "status": 400}, status=400)
    with pytest.raises(Refused) as caught:
        await twilio.send_sms(SMS)
    assert (caught.value.code, caught.value.decision) == (21610, Decision.OPT_OUT)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (429, '{"code": 20429, "message": "Too Many Requests"}', 20429),
        (429, "slow down", 429),
        (429, '{"code": 88888}', 88888),
    ],
)
async def test_too_many_requests_are_certainly_not_accepted_and_tried_again(
    api: Api, twilio: Twilio, status: int, body: str, code: int
) -> None:
    api.answer_text(body, status)
    with pytest.raises(Refused) as caught:
        await twilio.send_sms(SMS)
    assert (caught.value.code, caught.value.decision) == (code, Decision.RETRY)
    assert caught.value.retry_after is None


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None)])
async def test_the_wait_the_provider_asks_for_is_passed_on_when_it_is_in_seconds(
    api: Api, twilio: Twilio, header: str, seconds: float | None
) -> None:
    api.answer({"code": 20429}, status=429, **{"Retry-After": header})
    with pytest.raises(Refused) as caught:
        await twilio.send_sms(SMS)
    assert caught.value.retry_after == seconds


async def test_a_sender_whose_queue_is_full_waits_even_when_said_with_429(api: Api, twilio: Twilio) -> None:
    api.answer({"code": 21611}, status=429)
    with pytest.raises(Refused) as caught:
        await twilio.send_sms(SMS)
    assert caught.value.decision is Decision.LATER


@pytest.mark.parametrize(
    ("status", "body"), [(404, "not found"), (302, ""), (413, "[]"), (400, '{"code": "x"}')]
)
async def test_an_answer_from_something_in_between_is_a_refusal_nobody_knows(
    api: Api, twilio: Twilio, status: int, body: str
) -> None:
    api.answer_text(body, status)
    with pytest.raises(Refused) as caught:
        await twilio.send_sms(SMS)
    assert (caught.value.code, caught.value.decision) == (status, Decision.OTHER_CHANNEL)


async def test_our_words_are_not_carried_on_to_wherever_an_answer_points(api: Api, twilio: Twilio) -> None:
    api.answer({}, status=307, Location="/elsewhere")
    with pytest.raises(Refused):
        await twilio.send_sms(SMS)
    assert len(api.seen) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_after_a_server_error_nobody_knows_whether_it_was_accepted(
    api: Api, twilio: Twilio, status: int
) -> None:
    api.answer_text("oops", status)
    with pytest.raises(OutcomeUnknown) as caught:
        await twilio.send_sms(SMS)
    assert caught.value.code == status


@pytest.mark.parametrize("text", ["", "<html>", "{", "[]", '"text"', "{}", '{"sid": null}', "\x00"])
async def test_a_success_we_cannot_read_is_an_unknown_outcome(api: Api, twilio: Twilio, text: str) -> None:
    api.answer_text(text, 201)
    with pytest.raises(OutcomeUnknown):
        await twilio.send_sms(SMS)


async def test_silence_after_the_request_is_an_unknown_outcome(api: Api) -> None:
    released = asyncio.Event()

    async def be_silent(_request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    api.answers.append(be_silent)
    provider = Twilio(_config(api.address, total_seconds=0.05))
    with pytest.raises(OutcomeUnknown) as caught:
        await provider.send_sms(SMS)
    assert caught.value.code is None
    released.set()
    await provider.close()


async def test_a_connection_dropped_after_the_request_is_an_unknown_outcome(api: Api, twilio: Twilio) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    api.answers.append(drop)
    with pytest.raises(OutcomeUnknown):
        await twilio.send_sms(SMS)
    assert len(api.seen) == 1  # and it was not quietly sent again


async def test_an_answer_cut_in_the_middle_is_an_unknown_outcome(api: Api, twilio: Twilio) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=201, headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"sid": "SM')
        assert request.transport is not None
        request.transport.abort()
        return response

    api.answers.append(cut)
    with pytest.raises(OutcomeUnknown):
        await twilio.send_sms(SMS)


async def test_a_server_that_is_not_there_has_certainly_accepted_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers here
        provider = Twilio(_config(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(Refused) as caught:
            await provider.send_sms(SMS)
        await provider.close()
    assert (caught.value.code, caught.value.decision) == (None, Decision.RETRY)


async def test_a_request_that_never_got_a_connection_has_certainly_not_been_accepted(api: Api) -> None:
    arrived, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await released.wait()
        return web.json_response(_record(), status=201)

    api.answers.append(hold)
    provider = Twilio(_config(api.address, connections=1, connect_seconds=0.05))
    first = asyncio.create_task(provider.send_sms(SMS))
    await arrived.wait()
    with pytest.raises(Refused) as caught:
        await provider.send_sms(SMS)
    released.set()
    assert (await first).sid == SID
    assert caught.value.decision is Decision.RETRY
    assert len(api.seen) == 1
    await provider.close()


async def test_many_texts_are_in_flight_at_once(api: Api, twilio: Twilio) -> None:
    together = asyncio.Barrier(64)

    async def wait_for_all(_request: web.Request) -> web.StreamResponse:
        await together.wait()
        return web.json_response(_record(), status=201)

    api.answers.extend([wait_for_all] * 64)
    accepted = await asyncio.gather(*(twilio.send_sms(SMS) for _ in range(64)))
    assert len(accepted) == 64


async def test_one_message_is_asked_about(api: Api, twilio: Twilio) -> None:
    api.answer(_record(status="undelivered", error_code=30003))
    assert await twilio.fetch(SID) == StatusUpdate(SID, DeliveryStatus.UNDELIVERED, 30003)
    assert (api.seen[0].method, api.seen[0].path) == ("GET", MESSAGE)


@pytest.mark.parametrize("word", sorted(twilio_forms._STATUSES))
async def test_a_message_in_any_published_status_can_be_asked_about(
    api: Api, twilio: Twilio, word: str
) -> None:
    api.answer(_record(status=word))
    assert (await twilio.fetch(SID)).status is twilio_forms.delivery_status(word)


async def test_asking_about_a_message_that_is_gone_is_refused(api: Api, twilio: Twilio) -> None:
    api.answer({"code": 20404}, status=404)
    with pytest.raises(Refused) as caught:
        await twilio.fetch(SID)
    assert caught.value.code == 20404


async def test_asking_and_getting_nonsense_is_no_answer(api: Api, twilio: Twilio) -> None:
    api.answer_text("<html>")
    with pytest.raises(OutcomeUnknown):
        await twilio.fetch(SID)


async def _list(twilio: Twilio, since: datetime = NOON) -> list[ListedMessage]:
    return [message async for message in twilio.list_messages(PHONE, since=since)]


async def test_messages_to_a_number_are_listed_with_all_that_reconciling_compares(
    api: Api, twilio: Twilio
) -> None:
    api.answer(_page([_record(status="failed", error_code=30008)]))
    assert await _list(twilio) == [
        ListedMessage(
            sid=SID,
            number=PHONE,
            sender=LINE.e164,
            body=SMS.body,
            status=DeliveryStatus.FAILED,
            created=NOON,
            code=30008,
        )
    ]
    assert (api.seen[0].path, api.seen[0].fields) == (MESSAGES, {"To": PHONE.e164, "PageSize": "1000"})


async def test_further_pages_are_fetched_only_when_they_are_wanted(api: Api, twilio: Twilio) -> None:
    api.answer(_page([_record(sid="SM1"), _record(sid="SM2")], f"{MESSAGES}?Page=1&PageToken=PASM2"))
    api.answer(_page([_record(sid="SM3")]))
    listing = twilio.list_messages(PHONE, since=NOON)
    assert [(await anext(listing)).sid, (await anext(listing)).sid] == ["SM1", "SM2"]
    assert len(api.seen) == 1
    assert [message.sid async for message in listing] == ["SM3"]
    assert api.seen[1].fields == {"Page": "1", "PageToken": "PASM2"}
    assert "Authorization" in api.seen[1].headers


async def test_a_message_still_in_the_providers_queue_is_listed(api: Api, twilio: Twilio) -> None:
    api.answer(_page([_record(status="accepted", date_sent=None)]))
    (message,) = await _list(twilio)
    assert message.status is DeliveryStatus.QUEUED
    assert not any(name.startswith("DateSent") for name in api.seen[0].fields)


async def test_only_messages_since_the_time_are_listed_to_the_providers_whole_second(
    api: Api, twilio: Twilio
) -> None:
    before = format_datetime(NOON - timedelta(seconds=1))
    api.answer(_page([_record(sid="SM2"), _record(sid="SM1", date_created=before)]))
    since = (NOON + timedelta(microseconds=999_999)).astimezone(timezone(timedelta(hours=2)))
    assert [message.sid for message in await _list(twilio, since)] == ["SM2"]


@pytest.mark.parametrize(
    "body",
    [
        {"unexpected": 1, "shape": 2},
        _page([_record(sid=None)]),
        _page([_record(date_created="someday")]),
        _page([_record(date_created=7)]),
        {"messages": None},
    ],
)
async def test_a_list_that_cannot_be_read_is_no_proof_of_absence(
    api: Api, twilio: Twilio, body: object
) -> None:
    api.answer(body)
    with pytest.raises(OutcomeUnknown):
        await _list(twilio)


async def test_a_list_that_breaks_off_is_no_proof_of_absence(api: Api, twilio: Twilio) -> None:
    api.answer(_page([_record()], f"{MESSAGES}?Page=1"))
    api.answer_text("oops", 503)
    with pytest.raises(OutcomeUnknown):
        await _list(twilio)


async def test_a_message_without_words_or_sender_is_listed_all_the_same(api: Api, twilio: Twilio) -> None:
    api.answer(_page([_record(body=None, **{"from": None})]))
    (message,) = await _list(twilio)
    assert (message.body, message.sender) == ("", "")


async def test_erasing_deletes_and_twice_is_no_error(api: Api, twilio: Twilio) -> None:
    api.answer_text("", 204)
    api.answer({"code": 20404}, status=404)
    await twilio.erase(SID)
    await twilio.erase(SID)
    assert [(request.method, request.path) for request in api.seen] == [("DELETE", MESSAGE)] * 2


async def test_a_message_on_its_way_cannot_be_erased_yet(api: Api, twilio: Twilio) -> None:
    api.answer({"code": 20009}, status=409)
    with pytest.raises(Refused) as caught:
        await twilio.erase(SID)
    assert caught.value.decision is Decision.LATER


async def test_neither_number_nor_words_reach_a_log_or_an_error(
    api: Api, twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = f"'To' {PHONE.e164} said {SMS.body}"
    api.answer({"code": 21211, "message": said}, status=400)
    api.answer_text(said, 201)
    api.answer_text(said, 503)
    api.answer(_page([_record(sid=None)]))
    errors: list[ProviderError] = []
    for _ in range(3):
        with pytest.raises(ProviderError) as caught:
            await twilio.send_sms(SMS)
        errors.append(caught.value)
    with pytest.raises(ProviderError) as caught:
        await _list(twilio)
    errors.append(caught.value)
    printed = "".join("".join(traceback.format_exception(error)) for error in errors) + caplog.text
    printed += "".join(repr(error) for error in errors)
    assert PHONE.e164[1:] not in printed
    assert "salvo" not in printed


def test_webhooks_are_checked_with_the_current_and_the_previous_token() -> None:
    config = TwilioConfig(account_sid=ACCOUNT, auth_token=TOKEN, previous_token="the old one")
    form = {"MessageSid": [SID], "From": [PHONE.e164], "To": [LINE.e164], "Body": ["1"]}
    url = "https://alongside.example/sms/inbound"
    provider = Twilio(config)
    for token, fits in ((TOKEN, True), ("the old one", True), ("another", False)):
        assert provider.verify(url, form, twilio_forms.sign(url, form, token=token)) is fits
    assert provider.parse_inbound_sms(form).body == "1"
    assert provider.parse_status({"MessageSid": [SID], "MessageStatus": ["sent"]}).sid == SID


def test_no_previous_token_means_that_an_empty_one_opens_nothing() -> None:
    url, form = "https://alongside.example/sms/inbound", {"a": ["b"]}
    provider = Twilio(TwilioConfig(account_sid=ACCOUNT, auth_token=TOKEN, previous_token=""))
    assert not provider.verify(url, form, twilio_forms.sign(url, form, token=""))


async def test_everything_we_send_and_read_is_in_the_published_description(api: Api, twilio: Twilio) -> None:
    description = published.load("twilio_api_v2010.json")
    operations = description["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    (created,) = operations["post"]["requestBody"]["content"].values()
    listed = {parameter["name"] for parameter in operations["get"]["parameters"]}
    schema = description["components"]["schemas"]["api.v2010.account.message"]["properties"]
    assert set(_record()) <= set(schema)  # our server answers nothing else, so we read nothing else

    api.answer(_record(), status=201)
    api.answer(_page([_record()]))
    await twilio.send_sms(SMS)
    await _list(twilio)
    assert set(api.seen[0].fields) <= set(created["schema"]["properties"])
    assert set(created["schema"]["required"]) <= set(api.seen[0].fields)
    assert set(api.seen[1].fields) <= listed
