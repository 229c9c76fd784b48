"""Work that another process does while a test goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

# Other tests' databases stand in the same server, and the locks on rows do not say whose they are. What
# a transaction has read of the activity it would see again for as long as it lasts: hence the clearing.
_WAITING = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


@contextmanager
def elsewhere(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Another process does that work on a connection of its own; at the end it has."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join()
    if failed:
        raise failed[0]


def until_somebody_waits(thread: threading.Thread) -> None:
    """Return once a transaction of this database waits for a lock, as that thread ought to."""
    with connection.cursor() as cursor:
        while thread.is_alive():
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(_WAITING)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")
