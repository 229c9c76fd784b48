"""Work of core that runs in the queues. Arguments are ids only; each job may run twice without harm."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from core import audit, emergency, outbox, polling, provider_copies
from core.privacy import retention
from core.privacy.retention import Purged
from core.provider_copies import Erased

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did: our rows, and the provider's copies (all that were pending, not only this run's)."""

    rows: Purged
    copies: Erased


def purge() -> None:
    """Carry out every retention that is due, then the provider's copies, then write it down. Daily."""
    carry_out(timezone.now())


def erase_provider_copies() -> None:
    """Delete at the provider what was deleted here since the last run. Every ten minutes."""
    _report(provider_copies.erase(timezone.now()))


def carry_out(now: datetime) -> PurgeReport:
    """The whole purge as of `now`: rows, copies, one audit line with the counts."""
    rows = retention.purge(now)
    copies = provider_copies.erase(now)
    _report(copies)
    audit.record("purge", by=None, subject=None, now=now, figures=_figures(rows, copies))
    return PurgeReport(rows, copies)


def send_text(message_id: int) -> None:
    """Send one officer's text."""
    outbox.transmit(message_id, clock=timezone.now)


def reconcile() -> None:
    """Settle what is unknown with the provider: officers' texts, and statuses that stand still."""
    outbox.reconcile(clock=timezone.now)
    polling.poll(clock=timezone.now)
    emergency.settle(timezone.now())


def _figures(rows: Purged, copies: Erased) -> Mapping[str, int]:
    return {
        **{f"deleted {model}": count for model, count in rows.deleted.items()},
        **{f"erased {model}": count for model, count in rows.erased.items()},
        "provider copies erased": copies.erased,
        "provider copies failed": sum(copies.failed.values()),
    }


def _report(copies: Erased) -> None:
    """Operators hear of copies the provider did not delete: a promise to somebody is not kept yet."""
    for code, count in copies.failed.items():
        logger.error("provider copies not deleted: %s (code %s)", count, code)
