"""Work of the texts that runs in the queues. It may run twice without harm."""

from django.utils import timezone

from channels_sms import outbound
from core import emergency, phones


def say_what_waits() -> None:
    """Each minute: tell whoever was named as an emergency contact, and whoever must hear of a change."""
    now = timezone.now()
    emergency.say_what_waits(outbound.say, now)
    phones.say_what_waits(outbound.say, now)
