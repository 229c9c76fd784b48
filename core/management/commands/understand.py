"""`manage.py understand TEXT`: what a text message means to us. Needs no database, no Redis and no secret."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.intents.reading import Place, Question, Reading
from core.intents.understand import Explanation, explain, understand


class Command(BaseCommand):
    """Prints the Reading of one text, or of one text a line."""

    help = "What a text message is understood to mean."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The text, or --jsonl."""
        parser.add_argument("text", nargs="?", help="the message")
        parser.add_argument("--language", metavar="xx", help="a language the sender is known to use; a hint")
        parser.add_argument("--today", metavar="YYYY-MM-DD", help="the sender's date (default: today)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
        parser.add_argument(
            "--jsonl", action="store_true", help="read objects with text, today, lang from standard input"
        )
        parser.add_argument("--explain", action="store_true", help="say what matched what")

    def handle(self, *, text: str | None, jsonl: bool, **options: object) -> None:
        """Print one Reading, or one a line in the order of the input."""
        if jsonl:
            for reading in _lines():
                self.stdout.write(json.dumps(_row(reading), ensure_ascii=False))
            return
        if text is None:
            raise CommandError("expected a TEXT, or --jsonl")
        hints = (str(options["language"]),) if options["language"] else ()
        explanation = explain(text, hints, _day(options["today"]))
        if options["as_json"]:
            row = _row(explanation.reading)
            row.update(_reasons(explanation) if options["explain"] else {})
            self.stdout.write(json.dumps(row, ensure_ascii=False))
        else:
            self.stdout.write(_plain(_row(explanation.reading)))
            if options["explain"]:
                self.stdout.write(_plain(_reasons(explanation)))


def _lines() -> Iterator[Reading]:
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, today = str(row["text"]), _day(row.get("today"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CommandError(
                f"line {number}: expected an object with text, and perhaps today and lang"
            ) from None
        yield understand(text, (str(row["lang"]),) if row.get("lang") else (), today)


def _day(text: object) -> date:
    if text is None:
        return timezone.now().date()
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise CommandError("--today: expected a date, such as 2026-11-22") from None


def _row(reading: Reading) -> dict[str, object]:
    row = asdict(reading)
    for name in ("start", "end"):
        row[name] = row[name].isoformat() if row[name] else None
    row["question"] = _question(reading.question) if reading.question else None
    return row


def _question(question: Question) -> dict[str, object]:
    options = [asdict(one) if isinstance(one, Place) else one.isoformat() for one in question.options]
    return {"about": question.about, "options": options}


def _reasons(explanation: Explanation) -> dict[str, object]:
    return {
        "tokens": explanation.tokens,
        "languages": explanation.languages,
        "phrases": explanation.phrases,
        "because": explanation.because,
        "place from": explanation.place,
        "dates from": explanation.dates,
        "slips": explanation.slips,
    }


def _plain(row: dict[str, object]) -> str:
    lines = []
    for name, value in row.items():
        shown = (
            "; ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
        )
        lines.append(f"{name:>10}  {shown}")
    return "\n".join(lines)
