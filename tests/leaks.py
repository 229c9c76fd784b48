"""Finds personal data outside its column: in log records, the database, Redis, and files under VAR_DIR."""

import contextlib
import logging
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import redis
from django.db import connection


class _Keeper(logging.Handler):
    """Keeps every record as it would be printed, with what was attached to it and its traceback."""

    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args} {vars(record)}")


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was written down since the test began, to be searched for what must not be in it."""

    redis: "redis.Redis"
    var_dir: Path
    _keeper: _Keeper = field(default_factory=_Keeper)

    def of(self, *secrets: str) -> list[str]:
        """Where any of these texts stands in the clear: a log line, a table, a Redis key or a file."""
        wanted = [secret.encode() for secret in secrets]
        return [place for place, content in self._everything() if any(secret in content for secret in wanted)]

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Keep every log record of any level while the block runs."""
        root = logging.getLogger()
        level = root.level
        root.addHandler(self._keeper)
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.removeHandler(self._keeper)
            root.setLevel(level)

    def _everything(self) -> Iterator[tuple[str, bytes]]:
        for line in self._keeper.lines:
            yield f"log: {line[:60]}", line.encode()
        yield from self._tables()
        yield from self._keys()
        for path in self.var_dir.rglob("*"):
            if path.is_file() and "postgres" not in path.parts and "redis" not in path.parts:
                yield f"file: {path.name}", path.read_bytes()

    def _tables(self) -> Iterator[tuple[str, bytes]]:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")  # noqa: S608
                for (row,) in cursor.fetchall():
                    yield f"database: {table}", _with_bytes(row)

    def _keys(self) -> Iterator[tuple[str, bytes]]:
        for key in self.redis.scan_iter():
            yield f"redis: {key!r}", key + b" " + _value(self.redis, key)


def _with_bytes(row: str) -> bytes:
    """A row's text, and what its binary columns hold read as bytes."""
    held = b""
    for part in row.split('"\\\\x')[1:]:
        with contextlib.suppress(ValueError):  # ends at the first quote
            held += bytes.fromhex(part.split('"')[0])
    return row.encode() + held


def _value(client: "redis.Redis", key: bytes) -> bytes:
    kind = cast("bytes", client.type(key)).decode()
    if kind == "string":
        return _plain(cast("bytes", client.get(key) or b""))
    if kind == "hash":
        fields = cast("Mapping[bytes, bytes]", client.hgetall(key))
        return b" ".join(name + b"=" + _plain(value) for name, value in fields.items())
    if kind == "list":
        return b" ".join(cast("list[bytes]", client.lrange(key, 0, -1)))
    if kind == "set":
        return b" ".join(cast("set[bytes]", client.smembers(key)))
    if kind == "zset":
        return b" ".join(cast("list[bytes]", client.zrange(key, 0, -1)))
    return b""


def _plain(value: bytes) -> bytes:
    """RQ compresses what a job carries."""
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value
