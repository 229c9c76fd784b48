"""The campaigns application: mass outbound."""

from importlib import import_module

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Registers the campaign models and listens to core's signals."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the listeners, which need the models, in every process."""
        import_module("campaigns.progress")
        import_module("campaigns.inbox")
