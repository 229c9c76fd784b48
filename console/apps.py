"""The crisis unit's window on everything."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Registers the console."""

    name = "console"
