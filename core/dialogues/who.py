"""Who uses a phone: the two answers, wherever they are offered."""

from django.utils.translation import pgettext

from core.turn import Choice


def others() -> Choice:
    """The answer that other people use the phone."""
    # Translators: answer to "Who uses this phone?", numbered or spoken as in "Other people ... too: press 1".
    return Choice("1", pgettext("sms", "Other people use this phone too"))


def only_me() -> Choice:
    """The answer that nobody else uses the phone."""
    # Translators: answer to "Who uses this phone?", numbered or spoken as in "Only I ...: press 2".
    return Choice("2", pgettext("sms", "Only I use this phone"))
