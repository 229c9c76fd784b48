"""The settings as the environment gives them: read once, checked at once, one line per mistake."""

import base64
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from core.privacy.keys import BadKey, decode
from telephony.numbers import synthetic
from telephony.senders import Sender

ROOT: Final = Path(__file__).resolve().parent.parent
WEB_PORT: Final = 8000
TWIN_PORT: Final = 8001


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the settings table in docs/OPERATIONS.md."""

    name: str
    default: str
    meaning: str


_MADE = "made once under VAR_DIR in the demo, required otherwise"

SETTINGS: Final = (
    Setting(
        "DATABASE_URL",
        "embedded PostgreSQL under VAR_DIR",
        "PostgreSQL: `postgresql://user:password@host/name`",
    ),
    Setting(
        "REDIS_URL", "embedded Redis under VAR_DIR", "queues, throttle, live pages; `redis://host:6379/0`"
    ),
    Setting(
        "PUBLIC_BASE_URL",
        "`http://127.0.0.1:8000`",
        "what the provider calls; signatures are checked against it",
    ),
    Setting("SECRET_KEY", _MADE, "sessions; at least 50 random characters"),
    Setting(
        "FIELD_KEYS", _MADE, "encryption of personal columns: 32 bytes in base64, comma between, newest first"
    ),
    Setting("INDEX_KEY", _MADE, "blind index of phone numbers: 32 bytes in base64"),
    Setting("TWILIO_ACCOUNT_SID", "the twin's", "the account; when unset, the provider is the twin (demo)"),
    Setting("TWILIO_AUTH_TOKEN", "the twin's", "signs requests in both directions"),
    Setting(
        "TWILIO_AUTH_TOKEN_PREVIOUS", "none", "also accepted from the provider while the token is rotated"
    ),
    Setting(
        "TWILIO_API_BASE_URL",
        "the twin in the demo, else `https://api.twilio.com`",
        "the provider's programming interface",
    ),
    Setting(
        "SENDERS",
        "two demo numbers",
        "our numbers, a JSON list of objects: `id`, and optionally `sms`, `voice`, `two_way`, "
        "`segments_per_second`, `calls_per_second`, `calls_at_once` (100), `countries`, "
        "`call_back` (callers are rung back)",
    ),
    Setting("HOME_COUNTRY", "`IT`", "whose citizens are served (ISO 3166)"),
    Setting("DEFAULT_LANGUAGE", "`en`", "the last language to fall back to"),
    Setting("SERVICE_NAME", "`Alongside`", "how messages sign themselves"),
    Setting("VAR_DIR", "`var`", "where the embedded servers, keys and media live"),
    Setting(
        "PRICES",
        "none",
        "a CSV file of the provider's prices by country of the phone, `country,sms,call,currency`: a "
        "segment, a minute of a call; without it campaigns show no cost",
    ),
    Setting("TRIP_GRACE_DAYS", "`2`", "days after the end of a trip before it is deleted (0 to 30)"),
    Setting(
        "CAP_FEEDS",
        "`[]`",
        "feeds of official alerts (CAP 1.2 by Atom or RSS): a JSON list of `https` addresses, "
        "looked at every two minutes",
    ),
    Setting("DEBUG", "`0`", "`1` shows tracebacks in the browser; never where real people are served"),
)


SERVERS_FILE: Final = "servers.json"


class WrongSetting(Exception):
    """One setting is missing or wrong: names it and says what is expected, never what it holds."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")


@dataclass(frozen=True, slots=True)
class Environment:
    """Every setting of the service, checked. `demo` means: the provider is the twin."""

    var_dir: Path
    demo: bool
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    public_base_url: str
    secret_key: str = field(repr=False)
    field_keys: tuple[str, ...] = field(repr=False)
    index_key: str = field(repr=False)
    account_sid: str = field(repr=False)
    auth_token: str = field(repr=False)
    auth_token_previous: str = field(repr=False)
    api_base_url: str
    senders: tuple[Sender, ...]
    home_country: str
    default_language: str
    service_name: str
    trip_grace_days: int
    prices: Path | None
    cap_feeds: tuple[str, ...] = field(repr=False)  # an address may hold a key
    debug: bool


def read(environ: Mapping[str, str]) -> Environment:
    """The settings in `environ`. Raises WrongSetting. In the demo the missing keys are made under VAR_DIR."""
    var_dir = Path(environ.get("VAR_DIR") or ROOT / "var").absolute()
    demo = not environ.get("TWILIO_ACCOUNT_SID")
    keys = _demo_keys(var_dir, environ) if demo else environ
    servers = _running_servers(var_dir)
    return Environment(
        var_dir=var_dir,
        demo=demo,
        database_url=_url(environ, "DATABASE_URL", ("postgresql", "postgres")) or servers.get("DATABASE_URL"),
        redis_url=_url(environ, "REDIS_URL", ("redis", "rediss", "unix")) or servers.get("REDIS_URL"),
        public_base_url=_public_base_url(environ, servers),
        secret_key=_secret_key(keys),
        field_keys=tuple(_key("FIELD_KEYS", text) for text in _required(keys, "FIELD_KEYS").split(",")),
        index_key=_key("INDEX_KEY", _required(keys, "INDEX_KEY")),
        account_sid=_account_sid(keys),
        auth_token=_required(keys, "TWILIO_AUTH_TOKEN"),
        auth_token_previous=environ.get("TWILIO_AUTH_TOKEN_PREVIOUS", ""),
        api_base_url=_api_base_url({**servers, **environ}, demo=demo),
        senders=_senders(environ.get("SENDERS"), demo=demo),
        home_country=_country(environ.get("HOME_COUNTRY") or "IT"),
        default_language=_language(environ.get("DEFAULT_LANGUAGE") or "en"),
        service_name=environ.get("SERVICE_NAME") or "Alongside",
        trip_grace_days=_days(environ.get("TRIP_GRACE_DAYS") or "2"),
        prices=_prices(environ.get("PRICES")),
        cap_feeds=_feeds(environ.get("CAP_FEEDS") or "[]"),
        debug=_flag(environ.get("DEBUG") or "0"),
    )


def from_process() -> Environment:
    """The settings of this process; a wrong one ends it with one line on standard error."""
    try:
        return read(os.environ)
    except WrongSetting as wrong:
        sys.exit(f"alongside: {wrong}")
    except PermissionError as refused:
        sys.exit(f"alongside: VAR_DIR: {refused.filename} belongs to another user; choose another directory")


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise WrongSetting(name, "is not set; it is required when TWILIO_ACCOUNT_SID is set")
    return value


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    value = environ.get(name)
    if not value:
        return None
    if urlsplit(value).scheme not in schemes:
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        raise WrongSetting(name, f"expected an address that starts with {begins}")
    try:
        urlsplit(value).port  # noqa: B018 - reading it is the check
    except ValueError:
        raise WrongSetting(name, "expected a port from 0 to 65535 behind the colon") from None
    return value


def _key(name: str, text: str) -> str:
    try:
        decode(text.strip())
    except BadKey as bad:
        raise WrongSetting(name, f"{bad}; expected 32 random bytes in base64") from None
    return text.strip()


def _secret_key(environ: Mapping[str, str]) -> str:
    value = _required(environ, "SECRET_KEY")
    if len(value) < 50:
        raise WrongSetting("SECRET_KEY", "expected at least 50 random characters")
    return value


def _account_sid(environ: Mapping[str, str]) -> str:
    value = _required(environ, "TWILIO_ACCOUNT_SID")
    if not (value.startswith("AC") and len(value) == 34):
        raise WrongSetting("TWILIO_ACCOUNT_SID", "expected AC followed by 32 hexadecimal digits")
    return value


def _api_base_url(environ: Mapping[str, str], *, demo: bool) -> str:
    default = f"http://127.0.0.1:{TWIN_PORT}" if demo else "https://api.twilio.com"
    return (_url(environ, "TWILIO_API_BASE_URL", ("http", "https")) or default).rstrip("/")


def _public_base_url(environ: Mapping[str, str], servers: Mapping[str, str]) -> str:
    value = _url(environ, "PUBLIC_BASE_URL", ("http", "https")) or servers.get("PUBLIC_BASE_URL")
    return (value or f"http://127.0.0.1:{WEB_PORT}").rstrip("/")


def _country(value: str) -> str:
    if not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise WrongSetting("HOME_COUNTRY", "expected a two-letter ISO 3166 country code, such as IT")
    return value.upper()


def _language(value: str) -> str:
    known = sorted(path.parent.name for path in (ROOT / "locale").glob("*/language.toml"))
    if value not in known:
        raise WrongSetting("DEFAULT_LANGUAGE", f"expected one of {', '.join(known)}")
    return value


def _days(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= 30):
        raise WrongSetting("TRIP_GRACE_DAYS", "expected a whole number of days from 0 to 30")
    return int(value)


def _prices(value: str | None) -> Path | None:
    if not value:
        return None
    if not Path(value).is_file():
        raise WrongSetting("PRICES", "expected the path of a CSV file that can be read")
    return Path(value).absolute()


def _flag(value: str) -> bool:
    if value not in {"0", "1"}:
        raise WrongSetting("DEBUG", "expected 0 or 1")
    return value == "1"


def _feeds(value: str) -> tuple[str, ...]:
    expected = 'expected a JSON list of https addresses, such as ["https://alerts.example/atom.xml"]'
    try:
        feeds = json.loads(value)
    except ValueError:
        raise WrongSetting("CAP_FEEDS", expected) from None
    if not isinstance(feeds, list) or not all(isinstance(url, str) and len(url) <= 500 for url in feeds):
        raise WrongSetting("CAP_FEEDS", expected)
    if not all(urlsplit(url).scheme == "https" and urlsplit(url).hostname for url in feeds):
        raise WrongSetting("CAP_FEEDS", expected)
    return tuple(dict.fromkeys(feeds))


def demo_senders() -> tuple[Sender, ...]:
    """The two demo numbers: a fast one and a slower one, both in ranges that are never in service."""
    return (
        Sender(id=synthetic(0).e164, segments_per_second=30, calls_per_second=1),
        Sender(id=synthetic(1).e164, segments_per_second=10, calls_per_second=1),
    )


def _senders(value: str | None, *, demo: bool) -> tuple[Sender, ...]:
    if not value:
        if demo:
            return demo_senders()
        raise WrongSetting("SENDERS", "is not set; expected a JSON list of senders")
    try:
        rows = json.loads(value)
        senders = tuple(_sender(row) for row in rows)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise WrongSetting(
            "SENDERS", f"expected a JSON list of objects with at least an id ({error})"
        ) from None
    if not senders:
        raise WrongSetting("SENDERS", "expected at least one sender")
    if len({sender.id for sender in senders}) < len(senders):
        raise WrongSetting("SENDERS", "the same id stands twice")
    return senders


def _sender(row: Mapping[str, object]) -> Sender:
    known = {"id", "sms", "voice", "two_way", "segments_per_second", "calls_per_second", "countries"} | {
        "call_back",
        "calls_at_once",
    }
    if unknown := sorted(set(row) - known):
        raise ValueError(f"unknown: {', '.join(unknown)}")
    countries = row.get("countries", ["*"])
    if not isinstance(countries, list) or not all(isinstance(code, str) for code in countries):
        raise ValueError('countries is a list such as ["*"]')
    return Sender(
        id=str(row["id"]),
        sms=row.get("sms", True) is True,
        voice=row.get("voice", True) is True,
        two_way=row.get("two_way", True) is True,
        segments_per_second=_rate(row, "segments_per_second"),
        calls_per_second=_rate(row, "calls_per_second"),
        calls_at_once=_whole(row, "calls_at_once", 100),
        countries=tuple(countries),
        call_back=row.get("call_back", False) is True,
    )


def _rate(row: Mapping[str, object], name: str) -> float:
    value = row.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"{name} is a number above 0")
    return float(value)


def _whole(row: Mapping[str, object], name: str, usual: int) -> int:
    value = row.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a whole number above 0")
    return value


def _demo_keys(var_dir: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The demo's secrets: made once, kept where only this user can read them; the environment wins."""
    path = var_dir / "keys.json"
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            "INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
            "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        }
        var_dir.mkdir(parents=True, exist_ok=True)
        _write_once(path, json.dumps(made, indent=1))
    kept: Mapping[str, str] = json.loads(path.read_text())
    return {**kept, **{name: environ[name] for name in kept if environ.get(name)}}


def _write_once(path: Path, text: str) -> None:
    """Write a private file whole; when two processes race, the first one's file stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    with contextlib.suppress(FileExistsError):  # another process made the keys a moment ago: theirs count
        os.link(draft, path)
    draft.unlink()


def announce(var_dir: Path, process: int, settings: Mapping[str, str]) -> None:
    """Let commands started from now on find the servers that this `manage.py up` runs."""
    path = var_dir / SERVERS_FILE
    draft = path.with_name(f".{path.name}.{process}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"process": process, "settings": dict(settings)}))
    draft.replace(path)


def withdraw(var_dir: Path) -> None:
    """Take the announcement back."""
    (var_dir / SERVERS_FILE).unlink(missing_ok=True)


def _running_servers(var_dir: Path) -> Mapping[str, str]:
    """The settings of the `manage.py up` that runs on `var_dir`; empty when none does."""
    try:
        found = json.loads((var_dir / SERVERS_FILE).read_text())
    except FileNotFoundError:
        return {}
    # A killed `up` leaves its file behind.
    if not Path(f"/proc/{found['process']}").exists():
        return {}
    settings: Mapping[str, str] = found["settings"]
    return settings
