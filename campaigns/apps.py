"""The campaigns application: mass outbound."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Registers the campaign models and listens to core's one signal."""

    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"
