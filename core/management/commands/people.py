"""`manage.py people count`: how many people and phones there are."""

import json

from django.core.management.base import BaseCommand, CommandParser

from core.models import ContactPoint, OptOut, Person


class Command(BaseCommand):
    """Prints figures, never rows."""

    help = "Figures about registered people."

    def add_arguments(self, parser: CommandParser) -> None:
        """One action today."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="count")
        count = actions.add_parser(
            "count", help="people, their phones, phones not registered, phones opted out"
        )
        count.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *, as_json: bool, **_: object) -> None:
        """Count."""
        figures = {
            "people": Person.objects.count(),
            "phones": ContactPoint.objects.filter(person__isnull=False).count(),
            "unregistered_phones": ContactPoint.objects.filter(person__isnull=True).count(),
            "opted_out": OptOut.objects.count(),
        }
        if as_json:
            self.stdout.write(json.dumps(figures))
        else:
            self.stdout.write(
                "\n".join(f"{count:>8} {name.replace('_', ' ')}" for name, count in figures.items())
            )
