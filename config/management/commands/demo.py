"""`manage.py demo`: sample people, phones and officers, once; then the addresses and log-ins."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import demo

_BLOCK: Final = """
  Alongside is running with SAMPLE DATA. Nothing here is real, and nothing leaves this machine.

  Console  {console}
  Phones   {phones}

  Log in as{logins}

  Try first
  1. Phones: add a phone and text  REG LIBYA TRIPOLI {start} {end} 2 people  then agree with 1.
  2. Console, as author: open "Sample: are you safe in Libya?" and submit it.
  3. Console, as approver: approve it and launch it; the page fills while phones answer.
  4. Answer 2 on your phone, then log in as cases: somebody needs help.

  Ctrl-C stops everything; the next start finds the data.
"""


class Command(BaseCommand):
    """Changes nothing where real people are served."""

    help = "Add sample people, phones, officers and campaigns once (demo only), and print the log-ins."

    def handle(self, *args: object, **options: object) -> None:
        """Seed, connect the phones, print."""
        if not settings.DEMO:
            raise CommandError("sample data is for the demo only: TWILIO_ACCOUNT_SID is set")
        now = timezone.now()
        logins = demo.logins(settings.VAR_DIR)
        demo.seed(now, logins, settings.SENDERS[0])
        try:
            demo.connect_phones(settings.TWILIO_API_BASE_URL)
            phones = f"{settings.TWILIO_API_BASE_URL}/"
        except OSError:
            phones = "not running; start with `manage.py up --demo`"
        # From today on, so that a check-in launched in a minute asks this phone too.
        start, end = now, now + timedelta(days=13)
        rows = (f"\n    {name:<10} {password}" for name, password in logins.items())
        self.stdout.write(
            _BLOCK.format(
                console=f"{settings.PUBLIC_BASE_URL}/console/",
                phones=phones,
                logins="".join(rows),
                start=f"{start.day}/{start.month}",
                end=f"{end.day}/{end.month}",
            )
        )
