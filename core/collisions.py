"""Transactions that get in each other's way: the one that the database undid begins once more."""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import IntegrityError, OperationalError, connection
from psycopg.errors import (
    DeadlockDetected,
    ForeignKeyViolation,
    LockNotAvailable,
    RestrictViolation,
    SerializationFailure,
)

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
# Two who wait for each other, of whom one is undone; and a row written to somebody who was deleted meanwhile,
# or a deletion of somebody to whom a row was written meanwhile, which is found out at the commit.
_COLLISIONS: Final = (DeadlockDetected, SerializationFailure, ForeignKeyViolation, RestrictViolation)


def once_more(work: Callable[[], _T]) -> _T:
    """What `work` returns; begun anew, once, if the database undid it for the sake of another transaction.

    Nothing of what was undone is kept, and the second time it sees what the other one did. `work` is whole
    transactions of its own; within a transaction of the caller's it is tried once, since all of it is undone.
    """
    try:
        return work()
    except (OperationalError, IntegrityError) as error:
        if connection.in_atomic_block or not isinstance(error.__cause__, _COLLISIONS):
            raise
        logger.info("a transaction begins once more after %s", type(error.__cause__).__name__)
    return work()


def waited_too_long(error: OperationalError) -> bool:
    """Whether somebody else's lock outlasted the wait that the transaction was given."""
    return isinstance(error.__cause__, LockNotAvailable)
