import base64
import hashlib
import hmac
from collections.abc import Mapping

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from telephony import twilio_forms
from telephony.errors import BadRequest, NotFromAPhone
from telephony.messages import DeliveryStatus, InboundSms, StatusUpdate
from telephony.numbers import synthetic
from telephony.provider import Form
from tests.telephony import published

TOKEN = "a token of ours"
URL = "https://alongside.example/sms/inbound"
PHONE, LINE = synthetic(5), synthetic(6)
TEXT = {"MessageSid": ["SM5"], "From": [PHONE.e164], "To": [LINE.e164], "Body": ["  REG LIBYA "]}


def _without(form: Mapping[str, list[str]], name: str) -> dict[str, list[str]]:
    return {key: values for key, values in form.items() if key != name}


def _signature(url: str, pairs: list[tuple[str, str]], token: str = TOKEN) -> str:
    """The published rule, written down anew: each name with its value, by name, after the URL."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _verify(url: str, form: Form, signature: str, *tokens: str) -> bool:
    return twilio_forms.verify(url, form, signature, tokens=tokens or (TOKEN,))


def test_the_published_signatures_are_accepted_and_no_other() -> None:
    document = published.load("signatures.json")
    for vector in document["vectors"]:
        form: dict[str, list[str]] = {}
        for name, value in vector["params"]:
            form.setdefault(name, []).append(value)
        signature = vector["signature"]
        assert _verify(vector["url"], form, signature, document["token"])
        assert not _verify(vector["url"], form, signature, "another token")
        assert not _verify(vector["url"] + "&more=1", form, signature, document["token"])
        assert not _verify(vector["url"], {**form, "Digits": ["9"]}, signature, document["token"])


def test_a_field_that_is_repeated_counts_with_each_of_its_values() -> None:
    pairs = [("MediaUrl", "b"), ("MediaUrl", "a"), ("Body", "hi")]
    form = {"MediaUrl": ["b", "a", "a"], "Body": ["hi"]}
    assert _verify(URL, form, _signature(URL, pairs))
    assert not _verify(URL, {**form, "MediaUrl": ["b"]}, _signature(URL, pairs))


def test_a_form_may_come_as_djangos_query_dict_or_as_single_values() -> None:
    pairs = [("MediaUrl", "b"), ("MediaUrl", "a"), ("Body", "hi")]
    assert _verify(URL, QueryDict("MediaUrl=b&MediaUrl=a&Body=hi"), _signature(URL, pairs))
    assert _verify(URL, {"Body": "hi"}, _signature(URL, [("Body", "hi")]))


@pytest.mark.parametrize(
    ("signed", "ours"),
    [
        ("https://alongside.example:443/sms?a=1", "https://alongside.example/sms?a=1"),
        ("https://alongside.example/sms?a=1", "https://alongside.example:443/sms?a=1"),
        ("http://alongside.example:80/sms", "http://alongside.example/sms"),
        ("http://127.0.0.1:8000/sms", "http://127.0.0.1:8000/sms"),
        ("http://127.0.0.1/sms", "http://127.0.0.1:8000/sms"),
    ],
)
def test_the_port_may_be_spelled_out_or_left_out_by_either_side(signed: str, ours: str) -> None:
    assert _verify(ours, TEXT, _signature(signed, [(name, v[0]) for name, v in TEXT.items()]))


def test_the_previous_token_is_accepted_while_tokens_rotate() -> None:
    signature = _signature(URL, [("a", "b")], "the old one")
    assert _verify(URL, {"a": ["b"]}, signature, TOKEN, "the old one")
    assert not _verify(URL, {"a": ["b"]}, signature, TOKEN)


def test_values_are_signed_as_they_are_white_space_and_all_scripts_included() -> None:
    pairs = [("Body", " ሰላም \n"), ("From", PHONE.e164)]
    assert _verify(URL, {name: [value] for name, value in pairs}, _signature(URL, pairs))
    assert not _verify(URL, {"Body": ["ሰላም"], "From": [PHONE.e164]}, _signature(URL, pairs))


def test_what_we_sign_ourselves_is_what_the_rule_says() -> None:
    pairs = [(name, values[0]) for name, values in TEXT.items()]
    assert twilio_forms.sign(URL, TEXT, token=TOKEN) == _signature(URL, pairs)
    assert twilio_forms.sign(URL, {}, token=TOKEN) == _signature(URL, [])


@given(st.dictionaries(st.text(), st.lists(st.text(st.characters()))), st.text())
def test_any_form_with_any_signature_is_refused_without_a_crash(
    form: dict[str, list[str]], signature: str
) -> None:
    assert not _verify(URL, form, signature)


def test_bytes_that_are_no_text_are_refused_without_a_crash() -> None:
    assert not _verify(URL, {"Body": ["\udcff"]}, "x")


def test_a_text_is_read_untrimmed() -> None:
    read = twilio_forms.parse_inbound_sms(TEXT)
    assert read == InboundSms(sid="SM5", number=PHONE, sender=LINE.e164, body="  REG LIBYA ")


@pytest.mark.parametrize("form", [_without(TEXT, "Body"), {**TEXT, "Body": [""]}, {**TEXT, "Body": []}])
def test_a_picture_without_words_is_a_text_with_an_empty_body(form: Form) -> None:
    assert twilio_forms.parse_inbound_sms(form).body == ""


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
def test_a_text_without_its_sid_or_either_party_is_a_bad_request_that_names_the_field(name: str) -> None:
    for broken in (_without(TEXT, name), {**TEXT, name: [""]}):
        with pytest.raises(BadRequest) as caught:
            twilio_forms.parse_inbound_sms(broken)
        assert caught.value.field == name


def test_the_older_spelling_of_the_sid_is_read_too() -> None:
    old = {**_without(TEXT, "MessageSid"), "SmsSid": ["SM6"]}
    assert twilio_forms.parse_inbound_sms(old).sid == "SM6"


@pytest.mark.parametrize("sender", ["12345", "MyBank", "whatsapp:" + PHONE.e164])
def test_a_text_from_a_short_code_or_a_name_can_be_found_again_by_its_sid(sender: str) -> None:
    with pytest.raises(NotFromAPhone) as caught:
        twilio_forms.parse_inbound_sms({**TEXT, "From": [sender]})
    assert caught.value.sid == "SM5"
    assert sender not in str(caught.value)


def test_a_status_is_read_with_its_code() -> None:
    form = {"MessageSid": ["SM5"], "MessageStatus": ["undelivered"], "ErrorCode": ["30003"]}
    assert twilio_forms.parse_status(form) == StatusUpdate("SM5", DeliveryStatus.UNDELIVERED, 30003)


def test_a_status_in_the_older_spelling_without_a_code_is_read() -> None:
    form = {"SmsSid": ["SM5"], "SmsStatus": ["sent"]}
    assert twilio_forms.parse_status(form) == StatusUpdate("SM5", DeliveryStatus.SENT, None)


@pytest.mark.parametrize("code", ["", "0", "oops", "-1", "٣٠٠٠٣", "9" * 5000])
def test_a_code_that_says_nothing_does_not_cost_us_the_status(code: str) -> None:
    form = {"MessageSid": ["SM5"], "MessageStatus": ["failed"], "ErrorCode": [code]}
    assert twilio_forms.parse_status(form) == StatusUpdate("SM5", DeliveryStatus.FAILED, None)


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus"])
def test_a_status_without_sid_or_status_is_a_bad_request(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        twilio_forms.parse_status(_without({"MessageSid": ["SM5"], "MessageStatus": ["sent"]}, name))
    assert caught.value.field == name


def test_every_published_status_is_known() -> None:
    schemas = published.load("twilio_api_v2010.json")["components"]["schemas"]
    assert set(schemas["message_enum_status"]["enum"]) == set(twilio_forms._STATUSES)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", DeliveryStatus.QUEUED),
        ("scheduled", DeliveryStatus.QUEUED),
        ("canceled", DeliveryStatus.FAILED),
        ("read", DeliveryStatus.DELIVERED),
        ("partially_delivered", DeliveryStatus.DELIVERED),
        ("something new", DeliveryStatus.QUEUED),
        (None, DeliveryStatus.QUEUED),
    ],
)
def test_a_status_word_is_translated_and_a_new_one_moves_nothing(
    word: str | None, status: DeliveryStatus
) -> None:
    assert twilio_forms.delivery_status(word) is status
