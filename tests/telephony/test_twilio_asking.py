"""Asking the provider: one message, lists of them, erasing."""

from datetime import timedelta, timezone
from email.utils import format_datetime

import pytest

from telephony import twilio_forms
from telephony.errors import Decision, OutcomeUnknown, Refused
from telephony.messages import (
    AnsweredBy,
    CallStatus,
    CallUpdate,
    DeliveryStatus,
    ListedCall,
    ListedMessage,
    StatusUpdate,
)
from telephony.twilio_api import Twilio
from tests.telephony.provider_api import (
    LINE,
    MESSAGE,
    MESSAGES,
    NOON,
    PHONE,
    SID,
    SMS,
    Api,
    listed,
    page,
    record,
)

CALL_SID = "CA" + "0" * 32


async def test_one_message_is_asked_about(api: Api, twilio: Twilio) -> None:
    api.answer(record(status="undelivered", error_code=30003))
    assert await twilio.fetch(SID) == StatusUpdate(SID, DeliveryStatus.UNDELIVERED, 30003)
    assert (api.seen[0].method, api.seen[0].path) == ("GET", MESSAGE)


@pytest.mark.parametrize("word", sorted(twilio_forms._STATUSES))
async def test_a_message_in_any_published_status_can_be_asked_about(
    api: Api, twilio: Twilio, word: str
) -> None:
    api.answer(record(status=word))
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


async def test_messages_to_a_number_are_listed_with_all_that_reconciling_compares(
    api: Api, twilio: Twilio
) -> None:
    api.answer(page([record(status="failed", error_code=30008)]))
    assert await listed(twilio) == [
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
    api.answer(page([record(sid="SM1"), record(sid="SM2")], f"{MESSAGES}?Page=1&PageToken=PASM2"))
    api.answer(page([record(sid="SM3")]))
    listing = twilio.list_messages(PHONE, since=NOON)
    assert [(await anext(listing)).sid, (await anext(listing)).sid] == ["SM1", "SM2"]
    assert len(api.seen) == 1
    assert [message.sid async for message in listing] == ["SM3"]
    assert api.seen[1].fields == {"Page": "1", "PageToken": "PASM2"}
    assert "Authorization" in api.seen[1].headers


async def test_a_message_still_in_the_providers_queue_is_listed(api: Api, twilio: Twilio) -> None:
    api.answer(page([record(status="accepted", date_sent=None)]))
    (message,) = await listed(twilio)
    assert message.status is DeliveryStatus.QUEUED
    assert not any(name.startswith("DateSent") for name in api.seen[0].fields)


async def test_only_messages_since_the_time_are_listed_to_the_providers_whole_second(
    api: Api, twilio: Twilio
) -> None:
    before = format_datetime(NOON - timedelta(seconds=1))
    api.answer(page([record(sid="SM2"), record(sid="SM1", date_created=before)]))
    since = (NOON + timedelta(microseconds=999_999)).astimezone(timezone(timedelta(hours=2)))
    assert [message.sid for message in await listed(twilio, since)] == ["SM2"]


@pytest.mark.parametrize(
    "body",
    [
        {"unexpected": 1, "shape": 2},
        page([record(sid=None)]),
        page([record(date_created="someday")]),
        page([record(date_created=7)]),
        {"messages": None},
    ],
)
async def test_a_list_that_cannot_be_read_is_no_proof_of_absence(
    api: Api, twilio: Twilio, body: object
) -> None:
    api.answer(body)
    with pytest.raises(OutcomeUnknown):
        await listed(twilio)


async def test_a_list_that_breaks_off_is_no_proof_of_absence(api: Api, twilio: Twilio) -> None:
    api.answer(page([record()], f"{MESSAGES}?Page=1"))
    api.answer_text("oops", 503)
    with pytest.raises(OutcomeUnknown):
        await listed(twilio)


async def test_a_message_without_words_or_sender_is_listed_all_the_same(api: Api, twilio: Twilio) -> None:
    api.answer(page([record(body=None, **{"from": None})]))
    (message,) = await listed(twilio)
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


def _call(**changes: object) -> dict[str, object]:
    shown = {"sid": CALL_SID, "to": PHONE.e164, "from": LINE.e164, "status": "busy", "answered_by": None}
    return {**shown, "date_created": format_datetime(NOON), **changes}


async def test_one_call_is_asked_about(api: Api, twilio: Twilio) -> None:
    api.answer(_call(status="completed", answered_by="machine_start"))
    told = await twilio.fetch_call(CALL_SID)
    assert told == CallUpdate(CALL_SID, CallStatus.COMPLETED, AnsweredBy.MACHINE)
    assert api.seen[0].path.endswith(f"/Calls/{CALL_SID}.json")


async def test_calls_to_a_number_are_listed_since_then_and_no_longer(api: Api, twilio: Twilio) -> None:
    early = format_datetime(NOON - timedelta(seconds=1))
    rows = [_call(), _call(sid=CALL_SID[:-1] + "1", date_created=early)]
    api.answer({"calls": rows, "next_page_uri": None, "page": 0, "page_size": 1000, "uri": ""})
    found = [call async for call in twilio.list_calls(PHONE, since=NOON)]
    assert found == [ListedCall(CALL_SID, PHONE, LINE.e164, CallStatus.BUSY, NOON)]


async def test_a_list_of_calls_that_cannot_be_read_proves_nothing(api: Api, twilio: Twilio) -> None:
    api.answer_text("<html>")
    with pytest.raises(OutcomeUnknown):
        [call async for call in twilio.list_calls(PHONE, since=NOON)]
