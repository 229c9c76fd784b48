import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded


def test_a_second_start_finds_the_data_of_the_first(tmp_path: Path) -> None:
    with embedded.running(tmp_path, durable=True) as first:
        with psycopg.connect(first.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('şğ')")
        with redis.Redis.from_url(first.redis_url) as client:
            client.set("kept", "yes")
    with embedded.running(tmp_path, durable=True) as second:
        with psycopg.connect(second.database_url) as connection:
            assert connection.execute("SELECT upper(word) FROM kept").fetchone() == ("ŞĞ",)
        with redis.Redis.from_url(second.redis_url) as client:
            assert client.get("kept") == b"yes"


def test_a_path_too_long_for_a_socket_is_no_obstacle_and_leaves_nothing(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    with (
        embedded.running(deep, durable=False) as addresses,
        redis.Redis.from_url(addresses.redis_url) as client,
    ):
        assert client.ping()
        sockets = Path(client.connection_pool.connection_kwargs["path"]).parent
        assert sockets.exists()
    assert not sockets.exists()


@contextmanager
def _ended_by(sign: signal.Signals, server: embedded.Server) -> Iterator[None]:
    """The server running; after the block it is sent that signal and gone."""
    with subprocess.Popen(server.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        embedded._await_answer(server, process)
        yield
        process.send_signal(sign)
    server.clean()


def test_a_killed_database_leaves_no_socket(tmp_path: Path) -> None:
    with _ended_by(signal.SIGKILL, embedded.postgres(tmp_path, durable=False)):
        assert list(tmp_path.rglob(".s.PGSQL*"))
    assert not list(tmp_path.rglob(".s.PGSQL*"))


def test_a_database_told_to_hurry_keeps_its_data(tmp_path: Path) -> None:
    server = embedded.postgres(tmp_path)
    with _ended_by(server.hurry, server), psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'yes' AS word")
    with (
        embedded.running(tmp_path, durable=True) as again,
        psycopg.connect(again.database_url) as connection,
    ):
        assert connection.execute("SELECT word FROM kept").fetchone() == ("yes",)


def test_what_a_failed_statement_carried_is_not_in_the_servers_log(tmp_path: Path) -> None:
    with (
        embedded.running(tmp_path, durable=False) as addresses,
        psycopg.connect(addresses.database_url, autocommit=True) as connection,
        pytest.raises(psycopg.DataError, match="confidence"),
    ):
        connection.execute("SELECT 'spoken in confidence'::integer")
    log = (tmp_path / "servers.log").read_text()
    assert "ready to accept connections" in log
    assert "confidence" not in log
