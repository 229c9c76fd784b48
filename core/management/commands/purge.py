"""`manage.py purge`: delete and erase what is due, and say how much of what."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core import provider_copies
from core.jobs import PurgeReport, carry_out
from core.privacy import retention
from core.provider_copies import Erased


class Command(BaseCommand):
    """Prints rows deleted and erased, by model."""

    help = "Delete and erase what has reached the end of its retention, here and at the provider."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go; change nothing")
        parser.add_argument("--now", metavar="ISO", help="as of this moment instead of now")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *, dry_run: bool, now: str | None, as_json: bool, **_: object) -> None:
        """Purge, or say what a purge would do."""
        moment = _moment(now)
        if dry_run:
            report = PurgeReport(retention.forecast(moment), Erased(provider_copies.pending(), {}))
        else:
            report = carry_out(moment)
        self.stdout.write(_as_json(report, moment, dry_run=dry_run) if as_json else _as_text(report))


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError("--now: expected an ISO 8601 moment, such as 2026-12-22T00:00+02:00") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _as_json(report: PurgeReport, moment: datetime, *, dry_run: bool) -> str:
    return json.dumps(
        {
            "now": moment.isoformat(),
            "dry_run": dry_run,
            "deleted": dict(report.rows.deleted),
            "erased": dict(report.rows.erased),
            "provider_copies": {
                "erased": report.copies.erased,
                "failed": {str(code): count for code, count in report.copies.failed.items()},
            },
        }
    )


def _as_text(report: PurgeReport) -> str:
    lines = [*_rows("deleted", report.rows.deleted), *_rows("erased", report.rows.erased)]
    lines.append(f"{report.copies.erased:>8} provider copies deleted")
    lines += [
        f"{count:>8} provider copies NOT deleted (code {code})"
        for code, count in report.copies.failed.items()
    ]
    return "\n".join(lines)


def _rows(what: str, counts: Mapping[str, int]) -> list[str]:
    return [f"{count:>8} {what} {model}" for model, count in sorted(counts.items())]
