"""`manage.py voices render [TAG …]`: clips for languages in which the provider has no voice."""

from collections.abc import Callable, Sequence
from typing import Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

from channels_voice.clips import inventory, render, store
from channels_voice.clips.espeak import CannotSpeak

_GO_ON: Final = "What was made before is kept: run it again to go on."
_INTERRUPTED: Final = 130  # as a shell tells of SIGINT


def _nobody(_done: int, _of: int) -> None:
    """Nobody looks on."""


class Command(BaseCommand):
    """Prints one line a language: what was made, and how much of it can be heard."""

    help = "Clips for languages in which the provider has no voice."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for which languages."""
        parser.add_argument("action", choices=["render", "list"], help="synthesise clips, or count them")
        parser.add_argument("tags", nargs="*", metavar="TAG", help="languages; all without a voice if none")
        parser.add_argument("--anew", action="store_true", help="also what has been synthesised before")

    def handle(self, *, action: str, tags: Sequence[str], anew: bool, **_: object) -> None:
        """Render or list."""
        unspoken = inventory.unspoken()
        for tag in tags:
            if tag not in unspoken:
                raise CommandError(f"{tag}: not one of the languages without a voice: {', '.join(unspoken)}")
        for tag in tags or unspoken:
            self._show(tag, self._rendered(tag, anew=anew) if action == "render" else "")

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
