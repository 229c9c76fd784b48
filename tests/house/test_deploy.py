"""Django's own deployment check, with settings as in production."""

import base64
import json
import os
import subprocess
import sys

from config.environment import ROOT
from telephony.numbers import synthetic

_FIELD_KEY = base64.b64encode(bytes(range(32))).decode()
_INDEX_KEY = base64.b64encode(bytes(range(32, 64))).decode()


def test_the_deployment_check_has_nothing_to_say(redis_db: object) -> None:
    environ = {
        **os.environ,
        "PUBLIC_BASE_URL": "https://alongside.example",
        "SECRET_KEY": "".join(chr(33 + number) for number in range(60)),
        "FIELD_KEYS": _FIELD_KEY,
        "INDEX_KEY": _INDEX_KEY,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "SENDERS": json.dumps([{"id": synthetic(0).e164}]),
    }
    command = [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
