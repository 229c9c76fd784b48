"""The console in a real browser, for tests: the service in a thread of this process, Chromium beside it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import uvicorn
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from config.asgi import application
from tests import make
from core.officers import Role

_ARGUMENTS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PASSWORD: Final = "correct-horse-battery"


def chromium() -> str:
    """The browser's program; skips the test when this machine has none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    return str(Path(found))
