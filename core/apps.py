"""The core application: people, trips, language, conversation, privacy."""

from django.apps import AppConfig

from core import checks  # noqa: F401 - its checks register themselves


class CoreConfig(AppConfig):
    """Registers core's models and its system checks."""

    name = "core"
    default_auto_field = "django.db.models.BigAutoField"
