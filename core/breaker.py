"""The breaker of our account: once the provider lets in nothing of ours, nothing is tried until it does.

Requests in vain would fail people who are well. What waits stays where it is, in the database. The provider
is asked for the account itself, never for a message to somebody.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import F

from core import audit, gateway
from core.models import Breaker, Officer
from telephony.errors import ProviderError
from telephony.provider import Provider

logger = logging.getLogger(__name__)

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(minutes=15)
"""Between two questions whether the account is let in: the wait doubles."""

CALM: Final = timedelta(minutes=10)
"""An account that is refused again so soon after it was let in goes on with the longer waits."""

_NAME: Final = "account"


def opened() -> Breaker | None:
    """The breaker while it is open: since when, and the provider's code; None while all is well."""
    return Breaker.objects.filter(name=_NAME, opened_at__isnull=False).first()


def is_open() -> bool:
    """Whether nothing may be claimed or begun."""
    return opened() is not None


@transaction.atomic
def trip(code: int, now: datetime) -> bool:
    """The provider refused our account. True for whoever opens the breaker; of a wave one does."""
    fresh = {"code": code, "probe_at": now + FIRST_WAIT}
    Breaker.objects.get_or_create(name=_NAME, defaults=fresh)
    breaker = Breaker.objects.select_for_update().get(name=_NAME)
    if breaker.opened_at is not None:
        return False
    again = breaker.closed_at is not None and now - breaker.closed_at < CALM
    breaker.tries = breaker.tries + 1 if again else 0
    breaker.code, breaker.opened_at, breaker.closed_at = code, now, None
    breaker.probe_at = now + wait(breaker.tries)
    breaker.save()
    audit.record("provider.stopped", by=None, subject=None, now=now, figures={"code": code})
    logger.error(
        "provider alarm: our account is refused, nothing is sent (code %s)", code, extra={"code": code}
    )
    return True


def close(now: datetime, *, by: Officer | None = None) -> bool:
    """Send again: the account was let in, or an operator says so. False when the breaker was not open."""
    with transaction.atomic():
        closed = Breaker.objects.filter(name=_NAME, opened_at__isnull=False).update(
            opened_at=None, closed_at=now
        )
        if closed:
            audit.record("provider.resumed", by=by, subject=None, now=now)
            logger.warning("our account is let in again: sending goes on")
    return bool(closed)


def wait(tries: int) -> timedelta:
    """How long to wait before the provider is asked, after so many tries in vain."""
    return min(FIRST_WAIT * (1 << min(tries, 10)), LONGEST_WAIT)


def probe_is_due(now: datetime) -> bool:
    """Whether it is time to ask the provider whether our account is let in."""
    return Breaker.objects.filter(name=_NAME, opened_at__isnull=False, probe_at__lte=now).exists()


def probe(now: datetime) -> bool:
    """Ask, if it is time and nobody else does; True once sending may go on. Call it outside a transaction."""
    breaker = Breaker.objects.filter(name=_NAME, opened_at__isnull=False, probe_at__lte=now).first()
    if breaker is None:
        return False
    following = now + wait(breaker.tries + 1)
    mine = Breaker.objects.filter(name=_NAME, opened_at__isnull=False, probe_at=breaker.probe_at)
    if not mine.update(probe_at=following, tries=F("tries") + 1):
        return False
    return async_to_sync(_let_in)(gateway.provider()) and close(now)


async def _let_in(provider: Provider) -> bool:
    try:
        await provider.check_account()
    except ProviderError as error:
        logger.warning("our account is still refused (%s)", error)
        return False
    finally:
        await provider.close()
    return True
