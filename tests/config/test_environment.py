import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from config import environment
from config.environment import WrongSetting, read
from telephony.numbers import synthetic

_FIELD_KEY = base64.b64encode(bytes(range(32))).decode()
_INDEX_KEY = base64.b64encode(bytes(range(32, 64))).decode()


@pytest.fixture
def production(tmp_path: Path) -> Mapping[str, str]:
    """Every setting that an installation for real people needs."""
    return {
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "s" * 50,
        "FIELD_KEYS": _FIELD_KEY,
        "INDEX_KEY": _INDEX_KEY,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "SENDERS": json.dumps([{"id": synthetic(0).e164, "segments_per_second": 5}]),
    }


def test_nothing_set_is_a_demo_with_keys_that_stay_and_that_only_their_owner_reads(tmp_path: Path) -> None:
    first = read({"VAR_DIR": str(tmp_path)})
    assert first.demo
    assert first.api_base_url == "http://127.0.0.1:8001"
    assert all(sender.segments_per_second > 0 for sender in first.senders)
    assert read({"VAR_DIR": str(tmp_path)}).index_key == first.index_key
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_with_an_account_the_provider_is_the_real_one(production: Mapping[str, str]) -> None:
    found = read(production)
    assert not found.demo
    assert found.api_base_url == "https://api.twilio.com"


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "INDEX_KEY", "TWILIO_AUTH_TOKEN", "SENDERS"])
def test_with_an_account_every_secret_is_required(production: Mapping[str, str], name: str) -> None:
    with pytest.raises(WrongSetting, match=f"^{name}: is not set"):
        read({key: value for key, value in production.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "mysql://host/name", "starts with postgresql:// or postgres://"),
        ("REDIS_URL", "http://host", "starts with redis:// or rediss:// or unix://"),
        ("PUBLIC_BASE_URL", "alongside.example", "starts with http:// or https://"),
        ("DATABASE_URL", "postgresql://host:port/name", "a port from 0 to 65535"),
        ("DEFAULT_LANGUAGE", "xx", "expected one of am, ar, "),
        ("SECRET_KEY", "short", "at least 50 random characters"),
        ("FIELD_KEYS", "c2hvcnQ=", "expected 32 random bytes in base64"),
        ("INDEX_KEY", "!", "expected 32 random bytes in base64"),
        ("TWILIO_ACCOUNT_SID", "AC1", "AC followed by 32"),
        ("SENDERS", "{}", "at least one sender"),
        ("SENDERS", "[]", "at least one sender"),
        ("SENDERS", "nonsense", "a JSON list of objects"),
        ("SENDERS", '[{"id": "A"}, {"id": "A"}]', "the same id stands twice"),
        ("SENDERS", '[{"id": "A", "speed": 1}]', "unknown: speed"),
        ("SENDERS", '[{"id": "A", "segments_per_second": 0}]', "a number above 0"),
        ("HOME_COUNTRY", "Italy", "two-letter"),
        ("TRIP_GRACE_DAYS", "-1", "from 0 to 30"),
        ("CAP_FEEDS", "https://a.example", "a JSON list of https addresses"),
        ("CAP_FEEDS", '["http://a.example"]', "a JSON list of https addresses"),
        ("CAP_FEEDS", '{"a": 1}', "a JSON list of https addresses"),
        ("DEBUG", "yes", "0 or 1"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_expected(
    production: Mapping[str, str], name: str, value: str, expected: str
) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read({**production, name: value})
    line = str(wrong.value)
    assert line.startswith(f"{name}: ")
    assert expected in line
    assert "\n" not in line


def test_the_value_of_a_wrong_secret_is_not_repeated(production: Mapping[str, str]) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read({**production, "FIELD_KEYS": "my-own-secret"})
    assert "my-own-secret" not in str(wrong.value)


def test_the_settings_print_no_secret(production: Mapping[str, str]) -> None:
    assert _FIELD_KEY not in repr(read(production))
    assert _INDEX_KEY not in repr(read(production))


def test_commands_find_the_servers_of_a_running_group_and_the_environment_wins(tmp_path: Path) -> None:
    told = {"DATABASE_URL": "postgresql://a/b", "PUBLIC_BASE_URL": "http://127.0.0.1:9000"}
    environment.announce(tmp_path, os.getpid(), told)
    found = read({"VAR_DIR": str(tmp_path), "PUBLIC_BASE_URL": "http://127.0.0.1:7000"})
    assert found.database_url == "postgresql://a/b"
    assert found.public_base_url == "http://127.0.0.1:7000"
    environment.withdraw(tmp_path)
    assert read({"VAR_DIR": str(tmp_path)}).database_url is None


def test_what_a_killed_group_announced_is_not_believed(tmp_path: Path) -> None:
    nobody = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
    environment.announce(tmp_path, nobody, {"DATABASE_URL": "postgresql://a/b"})
    assert read({"VAR_DIR": str(tmp_path)}).database_url is None
