import asyncio
import base64
import logging
import socket
import traceback
from dataclasses import replace

import pytest
from aiohttp import web

from telephony import twilio_forms
from telephony.errors import Decision, OutcomeUnknown, ProviderError, Refused, is_of_account
from telephony.messages import Accepted, DeliveryStatus
from telephony.twilio_api import Twilio, TwilioConfig
from tests.telephony import published
from tests.telephony.provider_api import (
    ACCOUNT,
    LINE,
    MESSAGE,
    MESSAGES,
    PHONE,
    SID,
    SMS,
    TOKEN,
    Api,
    config,
    listed,
    page,
    record,
)


async def test_a_text_is_posted_as_the_provider_wants_it(api: Api, twilio: Twilio) -> None:
    api.answer(record(), status=201)
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


@pytest.mark.parametrize(
    "body",
    [
        "1&2=3;4%41 + 5? #6/7:8",
        "Ne vous approchez pas d'ici !\r\n*Répondez* (1) ou (2), ~~non~~",
        "هل أنت بخير؟ أجب ١ أو ٢",
        "बाढ़: ऊँची जगह जाएँ 🌊",
        "plus+percent%20and%",
    ],
)
async def test_every_letter_of_a_text_arrives(api: Api, twilio: Twilio, body: str) -> None:
    api.answer(record(), status=201)
    await twilio.send_sms(replace(SMS, body=body))
    assert api.seen[0].fields["Body"] == body


async def test_connections_are_kept_and_used_again(api: Api, twilio: Twilio) -> None:
    for _ in range(5):
        api.answer(record(), status=201)
        await twilio.send_sms(SMS)
    assert len({request.peer for request in api.seen}) == 1


async def test_after_closing_the_next_request_opens_a_connection_anew(api: Api, twilio: Twilio) -> None:
    for _ in range(2):
        api.answer(record(), status=201)
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
        api.answer(record(), status=201)
    await twilio.send_sms(SMS)
    assert (await asyncio.to_thread(asyncio.run, elsewhere())).sid == SID
    await twilio.send_sms(SMS)
    assert api.seen[0].peer == api.seen[2].peer != api.seen[1].peer


async def test_the_address_may_carry_a_path(api: Api) -> None:
    api.answer(record())
    provider = Twilio(config(api.address + "/twin/"))
    await provider.fetch(SID)
    await provider.close()
    assert api.seen[0].path == "/twin" + MESSAGE


async def test_a_region_in_our_environment_does_not_change_the_address(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    api.answer(record(), status=201)
    provider = Twilio(config(api.address))
    await provider.send_sms(SMS)
    await provider.close()
    assert len(api.seen) == 1


@pytest.mark.parametrize("address", ["", "api.example", "ftp://api.example", "http://"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        config(address)


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


@pytest.mark.parametrize(
    ("status", "body"), [(404, "not found"), (302, ""), (407, ""), (404, '{"code": 20404}')]
)
async def test_where_no_provider_is_nothing_is_said_of_the_person(
    api: Api, twilio: Twilio, status: int, body: str
) -> None:
    api.answer_text(body, status)
    with pytest.raises(Refused) as caught:
        await twilio.send_sms(SMS)
    assert is_of_account(caught.value.code)


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
    provider = Twilio(config(api.address, total_seconds=0.05))
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
        provider = Twilio(config(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(Refused) as caught:
            await provider.send_sms(SMS)
        await provider.close()
    assert (caught.value.code, caught.value.decision) == (None, Decision.RETRY)


async def test_a_request_that_never_got_a_connection_has_certainly_not_been_accepted(api: Api) -> None:
    arrived, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await released.wait()
        return web.json_response(record(), status=201)

    api.answers.append(hold)
    provider = Twilio(config(api.address, connections=1, connect_seconds=0.05))
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
        return web.json_response(record(), status=201)

    api.answers.extend([wait_for_all] * 64)
    accepted = await asyncio.gather(*(twilio.send_sms(SMS) for _ in range(64)))
    assert len(accepted) == 64


async def test_neither_number_nor_words_reach_a_log_or_an_error(
    api: Api, twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = f"'To' {PHONE.e164} said {SMS.body}"
    api.answer({"code": 21211, "message": said}, status=400)
    api.answer_text(said, 201)
    api.answer_text(said, 503)
    api.answer(page([record(sid=None)]))
    errors: list[ProviderError] = []
    for _ in range(3):
        with pytest.raises(ProviderError) as caught:
            await twilio.send_sms(SMS)
        errors.append(caught.value)
    with pytest.raises(ProviderError) as caught:
        await listed(twilio)
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
    described = {parameter["name"] for parameter in operations["get"]["parameters"]}
    schema = description["components"]["schemas"]["api.v2010.account.message"]["properties"]
    assert set(record()) <= set(schema)  # our server answers nothing else, so we read nothing else

    api.answer(record(), status=201)
    api.answer(page([record()]))
    await twilio.send_sms(SMS)
    await listed(twilio)
    assert set(api.seen[0].fields) <= set(created["schema"]["properties"])
    assert set(created["schema"]["required"]) <= set(api.seen[0].fields)
    assert set(api.seen[1].fields) <= described
