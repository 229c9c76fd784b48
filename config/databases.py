"""The database setting, from one address. PostgreSQL only: one dialect everywhere."""

import logging
from urllib.parse import parse_qs, unquote, urlsplit

from django.db import Error, connection

# Nothing listens here: a command that needs the database then fails at once and says so.
_NOWHERE = "postgresql://postgres@127.0.0.1:1/alongside"

POOL_SIZE = 12
"""Connections one process may hold; requests beyond it wait."""


logger = logging.getLogger(__name__)


def open_some(count: int) -> None:
    """Open so many connections of this process's pool: the first requests at once find them.

    A database that does not answer yet is logged and no reason not to serve.
    """
    some = [connection.copy() for _ in range(count)]
    try:
        for one in some:
            one.ensure_connection()
    except Error as error:
        logger.warning("no connection to the database yet: %s", type(error).__name__)
    finally:
        for one in some:
            one.close()


def from_url(url: str | None) -> dict[str, object]:
    """Django's description of the database behind `postgresql://user:password@host:port/name?host=/socket`."""
    parts = urlsplit(url or _NOWHERE)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,  # a restarted server costs a reconnection, not an error
        # Of the statements that ask for it by running on psycopg's own cursor: core.statements.
        "OPTIONS": {
            **query,
            "prepare_threshold": 5,
            "pool": {"min_size": 1, "max_size": POOL_SIZE, "timeout": 4},
        },
    }
