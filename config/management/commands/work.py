"""`manage.py work`: one worker."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from config.workers import run
from core.queues import CAMPAIGN, ROUTINE, URGENT


class Command(BaseCommand):
    """Runs one worker until SIGTERM; a running job is finished first, unless the signal comes again."""

    help = "Run one worker for the given queues, the first first. `manage.py up` runs several of these."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The queues."""
        parser.add_argument("queues", nargs="+", choices=[URGENT, CAMPAIGN, ROUTINE], metavar="QUEUE")

    def handle(self, *args: object, queues: list[str], **options: object) -> None:
        """Work."""
        run(queues)
