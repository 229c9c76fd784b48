"""Voice: the provider's webhooks about calls on one side, Replies on the other."""

from django.apps import AppConfig


class ChannelsVoiceConfig(AppConfig):
    """Registers the channel."""

    name = "channels_voice"
