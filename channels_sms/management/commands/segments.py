"""`manage.py segments TEXT`: what a text costs."""

import json
import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_sms.segments import Segments, count


class Command(BaseCommand):
    """Prints encoding, units and segments."""

    help = "The encoding of a text and the number of SMS it is cut into."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """A text, or one JSON object a line on standard input."""
        parser.add_argument("text", nargs="?", help="the text")
        parser.add_argument(
            "--jsonl", action="store_true", help='read objects with "text" from standard input'
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *, text: str | None, jsonl: bool, as_json: bool, **_: object) -> None:
        """Count one text, or every line."""
        if jsonl:
            for number, line in enumerate(sys.stdin, start=1):
                if line.strip():
                    self.stdout.write(_as_json(count(_text_in(line, number))))
            return
        if text is None:
            raise CommandError("expected a text, or --jsonl with objects on standard input")
        cost = count(text)
        self.stdout.write(
            _as_json(cost) if as_json else f"{cost.encoding} {cost.units} units {cost.segments} segments"
        )


def _text_in(line: str, number: int) -> str:
    try:
        found = json.loads(line)
        text = found["text"]
    except (ValueError, KeyError, TypeError):
        raise CommandError(f'line {number}: expected an object with "text"') from None
    if not isinstance(text, str):
        raise CommandError(f'line {number}: "text" is not a string')
    return text


def _as_json(cost: Segments) -> str:
    return json.dumps({"encoding": cost.encoding, "units": cost.units, "segments": cost.segments})
