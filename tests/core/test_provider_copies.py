"""What we deleted is deleted at the provider as well, or it is said that it is not."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

import pytest

from core import gateway, jobs, provider_copies
from core.models import AuditEvent, ProviderCopy
from core.provider_copies import GIVES_UP_AFTER
from telephony.errors import OutcomeUnknown, ProviderError, Refused
from telephony.memory import Memory
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


class Refusing(Memory):
    """A provider that refuses to delete some messages."""

    def __init__(self, refusals: Mapping[str, ProviderError]) -> None:
        super().__init__(clock=lambda: make.NOW)
        self.refusals = refusals
        self.erased: list[str] = []

    async def erase(self, sid: str) -> None:
        """Delete, or raise what was told."""
        if sid in self.refusals:
            raise self.refusals[sid]
        self.erased.append(sid)


def copy(sid: str | None, **columns: object) -> ProviderCopy:
    """A copy left at the provider."""
    return ProviderCopy.objects.create(provider_sid=sid, since=make.NOW, **columns)


def test_each_copy_is_deleted_once() -> None:
    copy("SMa")
    copy("SMb")
    provider = Refusing({})
    with gateway.using(provider):
        assert provider_copies.erase(make.NOW).erased == 2
        assert provider_copies.erase(make.NOW).erased == 0
    assert sorted(provider.erased) == ["SMa", "SMb"]


def test_a_refusal_is_counted_by_its_code_and_tried_again() -> None:
    copy("SMa")
    copy("SMb")
    copy("SMc")
    with gateway.using(Refusing({"SMa": Refused(20009), "SMb": OutcomeUnknown()})):
        done = provider_copies.erase(make.NOW)
    assert (done.erased, done.failed) == (1, {20009: 1, 0: 1})
    assert provider_copies.pending() == 2
    with gateway.using(Refusing({})):
        assert provider_copies.erase(make.NOW).erased == 2


def test_what_the_provider_never_deletes_is_left_to_an_operator() -> None:
    copy("SMa", refusals=GIVES_UP_AFTER)
    provider = Refusing({})
    with gateway.using(provider):
        provider_copies.erase(make.NOW)
    assert provider.erased == []
    assert provider_copies.pending() == 1


def test_a_message_deleted_before_we_knew_its_name_is_found_by_its_token() -> None:
    token = uuid4()
    copy(None, token=token)
    assert provider_copies.learn(token, "SMa")
    assert not provider_copies.learn(token, "SMb")
    assert not provider_copies.learn(uuid4(), "SMc")
    with gateway.using(Refusing({})):
        assert provider_copies.erase(make.NOW).erased == 1


def test_a_purge_reaches_the_provider_and_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    message = make.inbound(make.contact())
    make.inbound(make.contact())
    with gateway.using(Refusing({str(message.provider_sid): Refused(20003)})):
        report = jobs.carry_out(make.NOW + timedelta(days=3))
    assert (report.copies.erased, report.copies.failed) == (1, {20003: 1})
    figures = AuditEvent.objects.get(verb="purge").figures
    assert figures["deleted core.contactpoint"] == 2
    assert figures["provider copies failed"] == 1
    assert "provider copies not deleted: 1 (code 20003)" in caplog.text


def test_the_jobs_do_what_the_schedule_asks(now: object) -> None:
    copy("SMa")
    with gateway.using(Refusing({})):
        jobs.erase_provider_copies()
        assert provider_copies.pending() == 0
        jobs.purge()
    assert AuditEvent.objects.filter(verb="purge").count() == 1


def test_a_provider_that_answers_nothing_is_asked_for_the_rest_in_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provider_copies, "CHUNK", 1)
    copy("SMa")
    copy("SMb")
    with gateway.using(Refusing({"SMa": OutcomeUnknown(), "SMb": OutcomeUnknown()})):
        assert provider_copies.erase(make.NOW).failed == {0: 1}
    with gateway.using(Refusing({"SMa": Refused(20009)})):
        assert provider_copies.erase(make.NOW).erased == 1
