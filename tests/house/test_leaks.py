"""The search for leaks finds what it should; flows rely on it."""

import logging
from datetime import datetime

import pytest

from core import queues
from core.models import AuditEvent
from tests import make
from tests.leaks import Leaks

SECRET = "spoken in confidence"

logger = logging.getLogger("a.library")


def test_words_in_their_encrypted_column_are_no_leak(leaks: Leaks) -> None:
    point = make.contact()
    make.inbound(point, SECRET)
    assert leaks.of(SECRET, point.phone.e164) == []


def test_words_in_a_log_record_are_found_even_below_the_level_that_is_printed(leaks: Leaks) -> None:
    logger.debug("received %s", SECRET)
    assert len(leaks.of(SECRET)) == 1


def test_words_in_an_exception_that_was_logged_are_found(leaks: Leaks) -> None:
    try:
        int(SECRET)
    except ValueError:
        logger.exception("failed")
    assert len(leaks.of(SECRET)) == 1


def test_words_in_an_audit_line_are_found(leaks: Leaks, now: datetime) -> None:
    AuditEvent.objects.create(at=now, verb="test", purpose=SECRET)
    assert leaks.of(SECRET) == ["database: core_auditevent"]


@pytest.mark.django_db(transaction=True)
def test_a_jobs_payload_is_searched(leaks: Leaks) -> None:
    assert queues.put(queues.ROUTINE, f"core.jobs.{SECRET.replace(' ', '_')}")
    assert any(place.startswith("redis: b'rq:job:") for place in leaks.of(SECRET.replace(" ", "_")))
