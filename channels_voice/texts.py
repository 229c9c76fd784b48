"""Texts that follow a call: what is worth keeping, and how to go on."""

import logging
from datetime import datetime

from core import delivery
from core.models import ContactPoint

logger = logging.getLogger(__name__)


def follow_up(contact: ContactPoint, text: str, now: datetime) -> None:
    """Text the phone that called. Nothing is texted to somebody who said STOP or whom no sender reaches."""
    try:
        delivery.send_one(contact, text, now=now)
    except (delivery.OptedOut, delivery.NoSender) as why:
        logger.info("no text follows a call: %s", type(why).__name__)
