"""The wiring, as an application so that its management commands are found."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Registers the commands that see every layer."""

    name = "config"
