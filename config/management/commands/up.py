"""`manage.py up`: everything, until Ctrl-C."""

import os
from argparse import ArgumentParser
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from config import up
from config.embedded import CannotStart
from config.environment import TWIN_PORT, WEB_PORT
from config.settings import ENVIRONMENT

_WORKERS: Final = 2


class Command(BaseCommand):
    """Runs the whole service as one supervised group."""

    help = "Run web, workers, scheduler and twin, and PostgreSQL and Redis where no URL is set, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ports and parts."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=WEB_PORT, help="web port (default: %(default)s)")
        parser.add_argument("--no-twin", action="store_true", help="without the stand-in for the provider")
        parser.add_argument("--twin-port", type=int, default=TWIN_PORT, help="(default: %(default)s)")
        parser.add_argument(
            "--workers", type=int, default=_WORKERS, help="workers for campaigns (default: %(default)s)"
        )
        parser.add_argument("--demo", action="store_true", help="add sample people, phones and officers once")

    def handle(self, *args: object, **options: object) -> None:
        """Run until told to stop."""
        twin_port = None if options["no_twin"] else int(str(options["twin_port"]))
        plan = up.Plan(
            environment=ENVIRONMENT,
            environ=os.environ,
            host=str(options["host"]),
            port=int(str(options["port"])),
            twin_port=twin_port,
            workers=int(str(options["workers"])),
            sample=bool(options["demo"]),
        )
        try:
            up.run(plan, self._report)
        except CannotStart as problem:
            raise CommandError(str(problem)) from None

    def _report(self, line: str) -> None:
        self.stdout.write(f"alongside: {line}")
        self.stdout.flush()  # a pipe or a journal would see nothing of it until we end
