"""The campaigns application: mass outbound."""

from importlib import import_module

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Registers the campaign models and listens to core's one signal."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the listener, which needs the models, in every process."""
        import_module("campaigns.progress")
