"""The console in a real browser, for tests: the service in a thread of this process, Chromium beside it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

import pytest
import uvicorn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.asgi import application
from core.models import Officer

_ARGUMENTS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE: Final = 20.0  # seconds for what takes well below one on a machine at rest

T = TypeVar("T")


def chromium() -> str:
    """The browser's program; skips the test when this machine has none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    return found


@contextmanager
def browser(*arguments: str) -> Iterator[Browser]:
    """Chromium for the length of a block, with these arguments beside the usual ones."""
    program = chromium()
    expect.set_options(timeout=_PATIENCE * 1000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *arguments])
        yield opened
        opened.close()


class Served(uvicorn.Server):
    """The service on a free port of this machine, in a thread. It can be taken away and brought back."""

    def __init__(self, port: int = 0) -> None:
        # Long enough for every open request: Django never closes the body of one that is cancelled.
        config = uvicorn.Config(
            application,
            host="127.0.0.1",
            port=port,
            log_level="error",
            lifespan="off",
            timeout_graceful_shutdown=10,
        )
        super().__init__(config)
        self._socket = config.bind_socket()
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self.run, kwargs={"sockets": [self._socket]}, daemon=True)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override] # sockets
        """Start, and tell whoever waits."""
        await super().startup(sockets)  # type: ignore[arg-type] # handed on
        self._ready.set()

    def begin(self) -> None:
        """Start serving; returns once it answers."""
        self._thread.start()
        assert self._ready.wait(_PATIENCE), "the service did not start"

    def end(self) -> None:
        """Take the service away, with every open line."""
        self.should_exit = True
        self._thread.join(_PATIENCE)
        self._socket.close()


@contextmanager
def service() -> Iterator[Served]:
    """The service for the length of a block."""
    served = Served()
    served.begin()
    yield served
    served.end()


def elsewhere(act: Callable[[], T]) -> T:
    """Do something with the database while the browser is open: its loop forbids that in this thread."""

    def done() -> T:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def session_of(officer: Officer) -> str:
    """The cookie of an officer who has logged in."""
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def page_of(opened: Browser, url: str, cookies: dict[str, str], **look: object) -> Page:
    """A page in a browser of its own, with these cookies; `look` is what the browser says of itself."""
    context = opened.new_context(base_url=url, **look)  # type: ignore[arg-type] # Playwright's own names
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context.new_page()


SESSION: Final = settings.SESSION_COOKIE_NAME
LANGUAGE: Final = settings.LANGUAGE_COOKIE_NAME
