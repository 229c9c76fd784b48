"""`manage.py doctor`: what is not ready for a crisis."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand
from django.utils import timezone

from config import doctor


class Command(BaseCommand):
    """Ends with code 1 when something is not ready."""

    help = "Say what is not ready for a crisis: dependencies, settings, senders, officers, translations."
    # A wrong setting is a finding, not a reason to stop.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The form of the answer."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *args: object, as_json: bool, **options: object) -> None:
        """Examine and print."""
        findings = doctor.examine(timezone.now())
        ready = all(finding.state is not doctor.State.NOT_READY for finding in findings)
        if as_json:
            rows = [asdict(finding) for finding in findings]
            self.stdout.write(json.dumps({"ready": ready, "findings": rows}, ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.state.value:<10} {finding.part:<15} {finding.note}")
        if not ready:
            sys.exit(1)
