"""`manage.py officer create NAME --role ROLE`: a console account with a one-time password."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.accounts import NameTaken, open_account
from core.officers import Role


class Command(BaseCommand):
    """Prints the one-time password, once."""

    help = "Console accounts of the crisis unit."

    def add_arguments(self, parser: CommandParser) -> None:
        """One action today."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="create")
        create = actions.add_parser(
            "create", help="open an account; its password must be changed at first log-in"
        )
        create.add_argument("name", help="the name to log in with")
        create.add_argument("--role", required=True, choices=[role.value for role in Role])
        create.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *, name: str, role: str, as_json: bool, **_: object) -> None:
        """Open the account."""
        try:
            officer, password = open_account(name, Role(role), by=None, now=timezone.now())
        except NameTaken:
            raise CommandError(f"An officer called {name} exists already.") from None
        if as_json:
            self.stdout.write(
                json.dumps({"id": officer.pk, "name": name, "role": role, "password": password})
            )
        else:
            self.stdout.write(f"{name} ({role}) may log in once with: {password}")
