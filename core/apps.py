"""The core application: people, trips, language, conversation, privacy."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers core's models."""

    name = "core"
    default_auto_field = "django.db.models.BigAutoField"
