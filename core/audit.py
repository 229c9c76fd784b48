"""Who did what to which row, and why: ids and counts, never contents."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Model

from core.models import AuditEvent, Officer


def record(  # noqa: PLR0913 - one argument for each thing an auditor asks
    verb: str,
    *,
    by: Officer | None,
    subject: Model | None,
    now: datetime,
    purpose: str = "",
    figures: Mapping[str, int] | None = None,
) -> AuditEvent:
    """Write one line of the audit trail, in the caller's transaction.

    `by` is None when a person's own text or the schedule did it; `subject` is None when no single row was the
    object. `purpose` is the officer's reason, never anything about the person.
    """
    return AuditEvent.objects.create(
        at=now,
        officer=by,
        verb=verb,
        subject=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        purpose=purpose,
        figures=dict(figures or {}),
    )
