"""SMS: the provider's webhooks on one side, Replies on the other."""

from django.apps import AppConfig


class ChannelsSmsConfig(AppConfig):
    """Registers the channel."""

    name = "channels_sms"
