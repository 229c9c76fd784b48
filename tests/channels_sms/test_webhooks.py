"""The provider's door for texts: what gets in, what does not, and what is said either way."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote_plus, urlencode
from uuid import UUID

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from psycopg_pool import PoolTimeout
from pytest_django.fixtures import Settings
from redis import Redis

from core import conversation, gateway, webhooks
from core.counters import Counted, counts
from core.models import ContactPoint, Message, ProviderCopy
from telephony.messages import DeliveryStatus
from telephony.numbers import synthetic
from telephony.twilio_api import Twilio, TwilioConfig
from tests import make
from tests.phone import Phone, words

FORM = "application/x-www-form-urlencoded"
NOBODYS = UUID(int=1)  # the token of no message
ENDPOINTS = ["/sms/inbound", f"/sms/status/{NOBODYS}"]


def signature(url: str, form: Mapping[str, str], token: str) -> str:
    """The provider's rule, told again: HMAC-SHA1 over the address and each sorted name with its value."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()


def form_of(path: str) -> dict[str, str]:
    """A form that the endpoint can read."""
    if "status" in path:
        return {"MessageSid": "SM" + "0" * 32, "MessageStatus": "sent"}
    return {"MessageSid": "SM" + "1" * 32, "From": synthetic(9).e164, "To": make.SENDER, "Body": "hello"}


def post(path: str, form: Mapping[str, str], signed: str | None, *, host: str = "testserver") -> int:
    headers = {} if signed is None else {"X-Twilio-Signature": signed}
    response = Client(enforce_csrf_checks=True, headers={"Host": host}).post(
        path, urlencode(form), content_type=FORM, headers=headers
    )
    assert response.status_code == 200 or response.content == b""
    return response.status_code


@pytest.mark.django_db
@pytest.mark.parametrize("path", ENDPOINTS)
class TestEveryEndpoint:
    """The contract of every provider webhook."""

    def test_lets_a_signed_request_in(self, path: str) -> None:
        form = form_of(path)
        token = settings.TWILIO_AUTH_TOKEN
        assert post(path, form, signature(settings.PUBLIC_BASE_URL + path, form, token)) in {200, 204}

    def test_refuses_a_wrong_signature_and_keeps_nothing(self, path: str, redis_db: Redis) -> None:
        redis_db.flushdb()
        form = form_of(path)
        assert post(path, form, signature(settings.PUBLIC_BASE_URL + path, form, "another")) == 403
        assert not ContactPoint.objects.exists()
        assert not Message.objects.exists()
        assert counts()[Counted.REFUSED] == 1

    def test_refuses_a_missing_signature(self, path: str) -> None:
        assert post(path, form_of(path), None) == 403
        assert not ContactPoint.objects.exists()

    def test_refuses_a_form_that_was_changed_on_the_way(self, path: str) -> None:
        form = form_of(path)
        signed = signature(settings.PUBLIC_BASE_URL + path, form, settings.TWILIO_AUTH_TOKEN)
        assert post(path, {**form, "Body": "changed"}, signed) == 403

    def test_takes_the_previous_token_while_it_is_replaced(self, path: str) -> None:
        form = form_of(path)
        account = TwilioConfig("AC" + "0" * 32, auth_token="newer", previous_token="older")
        with gateway.using(Twilio(account)):
            url = settings.PUBLIC_BASE_URL + path
            assert post(path, form, signature(url, form, "older")) in {200, 204}
            assert post(path, form, signature(url, form, "newer")) in {200, 204}
            assert post(path, form, signature(url, form, settings.TWILIO_AUTH_TOKEN)) == 403

    def test_goes_by_the_public_address_and_not_by_the_host(self, path: str) -> None:
        form, token = form_of(path), settings.TWILIO_AUTH_TOKEN
        assert post(path, form, signature("http://localhost" + path, form, token), host="localhost") == 403
        good = signature(settings.PUBLIC_BASE_URL + path, form, token)
        assert post(path, form, good, host="localhost") in {200, 204}

    def test_signs_the_query_too(self, path: str) -> None:
        form, token = form_of(path), settings.TWILIO_AUTH_TOKEN
        signed = signature(settings.PUBLIC_BASE_URL + path + "?a=1", form, token)
        assert post(path + "?a=1", form, signed) in {200, 204}
        assert post(path + "?a=2", form, signed) == 403

    def test_answers_posts_only(self, path: str) -> None:
        assert Client().get(path).status_code == 405

    def test_refuses_a_signed_form_without_its_fields(self, path: str) -> None:
        form = {"Body": "hello"}
        signed = signature(settings.PUBLIC_BASE_URL + path, form, settings.TWILIO_AUTH_TOKEN)
        assert post(path, form, signed) == 400

    def test_does_not_read_what_is_far_too_large(self, path: str) -> None:
        form = {**form_of(path), "Body": "x" * 1_100_000}
        signed = signature(settings.PUBLIC_BASE_URL + path, form, settings.TWILIO_AUTH_TOKEN)
        assert post(path, form, signed) == 413


@pytest.mark.parametrize(
    "body",
    [
        "x" * 100_000,
        "ع" * 20_000,
        "😀😀😀",
        "",
        " ",
        "\x00\x01\x02",
        "a\x00b",
        "\ufffd\ufffd",
        "<script>&amp;</script>",
        "%s %(service)s {}",
        "\u202e\u200f\u200b",
    ],
    ids=lambda body: repr(body[:6]),
)
def test_whatever_is_texted_is_kept_and_answered(phone: Phone, body: str) -> None:
    assert phone.texts(body)
    assert Message.objects.get(direction="in").body == body


def test_bytes_that_are_no_text_are_answered(phone: Phone) -> None:
    form = {**phone.form("\ufffd\ufffd!"), "Body": "\ufffd\ufffd!"}
    signed = signature(settings.PUBLIC_BASE_URL + "/sms/inbound", form, settings.TWILIO_AUTH_TOKEN)
    raw = "&".join(
        f"{name}={'%ff%fe!' if name == 'Body' else quote_plus(value)}" for name, value in form.items()
    )
    response = Client().post("/sms/inbound", raw, content_type=FORM, headers={"X-Twilio-Signature": signed})
    assert response.status_code == 200
    assert "Message" in response.content.decode()


def test_a_sender_we_do_not_know_is_no_reason_to_be_silent(phone: Phone) -> None:
    form = {**phone.form("hello"), "To": "X" * 4000}
    assert words(phone.posts(form))
    assert Message.objects.filter(direction="in").count() == 1


@pytest.mark.parametrize("who", ["12345", "MyBank", "anonymous"])
def test_a_text_from_no_phone_has_nobody_to_answer(phone: Phone, redis_db: object, who: str) -> None:
    response = phone.posts({**phone.form("hello"), "From": who})
    assert response.status_code == 200
    assert words(response) == ""
    assert not ContactPoint.objects.exists()
    assert counts()[Counted.NOT_FROM_A_PHONE] == 1


def test_a_sid_that_is_none_is_refused(phone: Phone) -> None:
    assert phone.posts({**phone.form("hello"), "MessageSid": "SM'; --"}).status_code == 400
    assert not Message.objects.exists()


def test_the_same_text_delivered_again_gets_the_same_answer(phone: Phone) -> None:
    form = phone.form("REG LIBYA TRIPOLI 25/11 8/12")
    first, second = phone.posts(form), phone.posts(form)
    assert first.content == second.content
    assert Message.objects.filter(direction="in").count() == 1
    assert Message.objects.filter(direction="out").count() == 1


def test_a_database_that_is_down_is_said_at_once(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OperationalError("the database is down")

    monkeypatch.setattr(conversation, "receive", refuse)
    response = phone.posts(phone.form("hello"))
    assert response.status_code == 503
    assert response.content == b""


def test_the_first_of_an_outage_waits_for_all(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def give_up(work: object) -> None:
        tried.append(work)
        raise OperationalError from PoolTimeout()

    monkeypatch.setattr(webhooks, "_outage", webhooks.Outage())
    monkeypatch.setattr(conversation, "receive", give_up)
    assert [phone.posts(phone.form("hello")).status_code for _ in range(3)] == [503, 503, 503]
    assert len(tried) == 1


def test_redis_is_not_needed_to_answer(phone: Phone, settings: Settings) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    assert phone.texts("hello")
    assert Client().post("/sms/inbound", "Body=x", content_type=FORM).status_code == 403


def test_news_of_a_reply_teaches_us_the_providers_name_for_it(phone: Phone) -> None:
    phone.texts("hello")
    said = Message.objects.get(direction="out")
    news = {"MessageSid": "SM" + "a" * 32, "MessageStatus": "delivered"}
    assert phone.posts(news, path=f"/sms/status/{said.token}").status_code == 204
    said.refresh_from_db()
    assert (said.provider_sid, said.status) == ("SM" + "a" * 32, DeliveryStatus.DELIVERED)


def test_news_of_a_deleted_reply_is_kept_for_the_purge(phone: Phone, now: datetime) -> None:
    phone.texts("DELETE")
    copy = ProviderCopy.objects.get(provider_sid=None)
    news = {"MessageSid": "SM" + "b" * 32, "MessageStatus": "delivered"}
    phone.posts(news, path=f"/sms/status/{copy.token}")
    copy.refresh_from_db()
    assert copy.provider_sid == "SM" + "b" * 32


@pytest.mark.parametrize("token", [str(NOBODYS), "nonsense", "0"])
def test_news_of_a_message_nobody_knows_is_counted(phone: Phone, redis_db: object, token: str) -> None:
    news = {"MessageSid": "SM" + "c" * 32, "MessageStatus": "sent"}
    assert phone.posts(news, path=f"/sms/status/{token}").status_code == 204
    assert counts()[Counted.UNKNOWN_TOKEN] == 1


def test_nothing_personal_is_logged(phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        phone.texts("REG LIBYA TRIPOLI 25/11 8/12 secretword")
        phone.posts({**phone.form("x"), "MessageSid": "-"})
        phone.posts({**phone.form("secretword"), "From": "MyBank"})
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name != "faker")
    assert phone.number.e164 not in logged
    assert phone.number.e164[1:] not in logged
    assert "secretword" not in logged


@given(
    raw=st.one_of(
        st.binary(max_size=60),
        st.lists(st.tuples(st.text(max_size=5), st.text(max_size=9)), max_size=5).map(
            lambda fields: urlencode(fields).encode()
        ),
        st.text("ab&=;%+éE0 ", max_size=40).map(str.encode),
    ).filter(bool)
)
def test_a_form_says_what_django_would_read_in_it(raw: bytes) -> None:
    request = RequestFactory().post("/sms/inbound", raw, content_type=FORM)
    assert webhooks._form(request) == dict(request.POST.lists())
