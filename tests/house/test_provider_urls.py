"""Every address that the provider calls, whatever package it comes from."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from telephony.numbers import synthetic

_TOKEN = "00000000-0000-4000-8000-000000000000"


def _addresses(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, address)
        elif address.startswith(("/sms/", "/voice/")):
            yield re.sub(r"<[^>]+>", _TOKEN, address)


ADDRESSES = sorted(_addresses(get_resolver().url_patterns))


def _rows() -> dict[str, int]:
    return {
        model._meta.label: model._base_manager.count() for model in apps.get_models() if model._meta.managed
    }


def _form() -> dict[str, str]:
    number, sender = synthetic(600).e164, synthetic(0).e164
    sid = "SM" + "0" * 32
    return {"MessageSid": sid, "From": number, "To": sender, "Body": "STOP", "MessageStatus": "delivered"}


def test_the_provider_has_addresses() -> None:
    assert {"/sms/inbound", f"/sms/status/{_TOKEN}"} <= set(ADDRESSES)


@pytest.mark.django_db
@pytest.mark.parametrize("signature", [None, "", "bm90IGEgc2lnbmF0dXJl"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_request_that_the_provider_did_not_sign_gets_a_bare_403_and_leaves_no_row(
    address: str, signature: str | None
) -> None:
    before = _rows()
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    response = Client(enforce_csrf_checks=True).post(address, _form(), headers=headers)
    assert response.status_code == 403
    assert response.content == b""
    assert _rows() == before


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_gets_anything_by_looking(address: str) -> None:
    assert Client().get(address).status_code == 405
