"""`manage.py schedule`: the scheduler."""

from django.core.management.base import BaseCommand

from config.schedule import scheduler


class Command(BaseCommand):
    """Runs the scheduler until SIGTERM."""

    help = "Run the scheduler: queues sweeps, purge and reconciliation by the clock. One per installation."

    def handle(self, *args: object, **options: object) -> None:
        """Schedule."""
        scheduler().start()  # type: ignore[no-untyped-call]
