"""`manage.py voices render [TAG …]`: clips for languages in which the provider has no voice."""

from collections.abc import Sequence

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels_voice.clips import inventory, render, store
from channels_voice.clips.espeak import CannotSpeak


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
            done = render.render(tag, timezone.now, anew=anew)
        except CannotSpeak as why:
            raise CommandError(f"{tag}: {why}") from None
        unsaid = f", {done.silent} without a sound" if done.silent else ""
        return f"{done.made} made{unsaid}, {done.dropped} dropped"

    def _show(self, tag: str, done: str) -> None:
        found = store.coverage(tag, timezone.now())
        counts = f"{found.heard} of {found.wanted} clips, {found.recorded} recorded"
        ready = "spoken" if found.ready else "not spoken yet"
        self.stdout.write(f"{tag:<4} {counts}; {ready}{f' ({done})' if done else ''}")
