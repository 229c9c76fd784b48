"""`manage.py trips count --country LY --on DATE`: how many people are in a country on a day."""

import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Sum

from core import trips


class Command(BaseCommand):
    """Prints figures, never rows."""

    help = "Figures about trips."

    def add_arguments(self, parser: CommandParser) -> None:
        """One action today."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="count")
        count = actions.add_parser("count", help="trips in a country on a day, and how many travel")
        count.add_argument("--country", required=True, metavar="LY", help="ISO 3166 code of two letters")
        count.add_argument("--on", required=True, metavar="YYYY-MM-DD", help="the day")
        count.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *, country: str, on: str, as_json: bool, **_: object) -> None:
        """Count."""
        code, day = _country(country), _day(on)
        found = trips.abroad(code, day).aggregate(
            trips=Count("pk"), people=Count("person", distinct=True), travellers=Sum("party", default=0)
        )
        if as_json:
            self.stdout.write(json.dumps({"country": code, "on": day.isoformat(), **found}))
        else:
            self.stdout.write("\n".join(f"{count:>8} {name}" for name, count in found.items()))


def _country(text: str) -> str:
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise CommandError("--country: expected a two-letter ISO 3166 code, such as LY")
    return text.upper()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError("--on: expected a date, such as 2026-11-25") from None
