"""The audit trail: who, what, which row, why; never what was in it."""

import pytest

from core import audit
from core.models import AuditEvent
from core.officers import Role
from tests import make


@pytest.mark.django_db
def test_a_line_names_the_officer_the_row_and_the_purpose() -> None:
    officer, trip = make.officer(Role.CASE_OFFICER), make.trip()
    audit.record("open", by=officer, subject=trip, now=make.NOW, purpose="missing", figures={"rows": 1})
    line = AuditEvent.objects.get()
    assert (line.officer, line.verb, line.subject, line.subject_id) == (officer, "open", "core.trip", trip.pk)
    assert (line.at, line.purpose, line.figures) == (make.NOW, "missing", {"rows": 1})


@pytest.mark.django_db
def test_a_line_of_the_schedule_has_no_officer_and_no_row() -> None:
    audit.record("purge", by=None, subject=None, now=make.NOW)
    line = AuditEvent.objects.get()
    assert (line.officer, line.subject, line.subject_id, line.figures) == (None, "", None, {})
