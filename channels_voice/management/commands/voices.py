"""`manage.py voices render [TAG …]`: clips for languages in which the provider has no voice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

from channels_voice.clips import fallback, inventory, render, store
from channels_voice.clips.espeak import CannotSpeak
from channels_voice.clips.sound import NoSound

_GO_ON: Final = "What was made before is kept: run it again to go on."
_INTERRUPTED: Final = 130  # as a shell tells of SIGINT


def _nobody(_done: int, _of: int) -> None:
    """Nobody looks on."""


class Command(BaseCommand):
    """Prints one line a language: what was made, and how much of it can be heard."""

    help = "Clips for languages in which the provider has no voice."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for which languages."""
        actions = "synthesise clips, count them, or write the sounds of the static answers to calls"
        parser.add_argument("action", choices=["render", "list", "fallback"], help=actions)
        parser.add_argument("tags", nargs="*", metavar="TAG", help="languages; all without a voice if none")
        parser.add_argument("--anew", action="store_true", help="also what has been synthesised before")
        parser.add_argument("--into", metavar="FOLDER", type=Path, help="where `fallback` writes")

    def handle(self, *, action: str, tags: Sequence[str], anew: bool, into: Path | None, **_: object) -> None:
        """Render, list or write."""
        unspoken = inventory.unspoken()
        for tag in tags:
            if tag not in unspoken:
                raise CommandError(f"{tag}: not one of the languages without a voice: {', '.join(unspoken)}")
        if action == "fallback":
            self._write(tags or unspoken, into)
            return
        for tag in tags or unspoken:
            self._show(tag, self._rendered(tag, anew=anew) if action == "render" else "")

    def _write(self, tags: Sequence[str], into: Path | None) -> None:
        if into is None:
            raise CommandError("fallback: --into FOLDER is missing")
        for tag in tags:
            try:
                if render.can_speak(tag):
                    self.stdout.write(str(fallback.write(tag, into)))
                else:
                    self.stdout.write(f"{tag}: the synthesiser does not speak it; callers hear English")
            except (CannotSpeak, NoSound) as why:
                raise CommandError(f"{tag}: {why}") from None
            except OSError as why:
                raise CommandError(f"{tag}: {into}: {why.strerror}") from None

    def _rendered(self, tag: str, *, anew: bool) -> str:
        try:
            if not render.can_speak(tag):
                return "the synthesiser does not speak it: record it in the console"
            told = self._tell(tag) if self.stdout.isatty() else _nobody
            done = render.render(tag, timezone.now, anew=anew, told=told)
        except CannotSpeak as why:
            raise CommandError(f"{tag}: {why}") from None
        except DatabaseError as why:
            reason = str(why).partition("\n")[0].rstrip(".")
            raise CommandError(f"{tag}: the database takes no clips: {reason}. {_GO_ON}") from None
        except KeyboardInterrupt:
            raise CommandError(f"{tag}: interrupted. {_GO_ON}", returncode=_INTERRUPTED) from None
        unsaid = f", {done.silent} without a sound" if done.silent else ""
        return f"{done.made} made{unsaid}, {done.dropped} dropped"

    def _tell(self, tag: str) -> Callable[[int, int], object]:
        return lambda done, of: self.stdout.write(f"\r{tag:<4} {done} of {of}", ending="\r")

    def _show(self, tag: str, done: str) -> None:
        found = store.coverage(tag, timezone.now())
        counts = f"{found.heard} of {found.wanted} clips, {found.recorded} recorded"
        ready = "spoken" if found.ready else "not spoken yet"
        self.stdout.write(f"{tag:<4} {counts}; {ready}{f' ({done})' if done else ''}")
