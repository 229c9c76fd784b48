"""`manage.py provider`: whether the provider lets our account in, and how our senders fare."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core import breaker, sender_health
from core.models import Officer


class Command(BaseCommand):
    """Prints both; `--go-on` sends again without waiting for the provider to be asked."""

    help = "Whether the provider lets our account in and how our senders fare; --go-on sends again at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, who does it, and the form of the answer."""
        parser.add_argument("--go-on", action="store_true", help="close the breaker: the account is in order")
        parser.add_argument("--as", dest="officer", metavar="USER", help="who does it, for the audit trail")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *, go_on: bool, officer: str | None, as_json: bool, **_: object) -> None:
        """Close the breaker if asked to, then print how things stand."""
        by = Officer.objects.filter(username=officer, is_active=True).first() if officer else None
        if officer and by is None:
            raise CommandError(f"there is no active officer {officer!r}")
        if go_on:
            breaker.close(timezone.now(), by=by)
        opened = breaker.opened()
        facts = {
            "refused_since": opened.opened_at.isoformat() if opened and opened.opened_at else None,
            "code": opened.code if opened else None,
            "asked_next": opened.probe_at.isoformat() if opened else None,
            "routes": [asdict(route) for route in sender_health.routes()],
        }
        self.stdout.write(json.dumps(facts, ensure_ascii=False, default=str) if as_json else _lines(facts))


def _lines(facts: Mapping[str, object]) -> str:
    return "\n".join(f"{name + ':':15}{'-' if value is None else value}" for name, value in facts.items())
