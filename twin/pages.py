"""The page of phones: our own files, nothing from elsewhere, nothing inline."""

from pathlib import Path
from typing import Final

from aiohttp import web

_HERE: Final = Path(__file__).parent
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_FILES: Final = {
    "/": ("templates/phones.html", "text/html"),
    "/static/phones.css": ("static/phones.css", "text/css"),
    "/static/phones.js": ("static/phones.js", "text/javascript"),
    "/static/call.js": ("static/call.js", "text/javascript"),
    "/static/sound.js": ("static/sound.js", "text/javascript"),
    "/static/thread.js": ("static/thread.js", "text/javascript"),
    "/static/icon.svg": ("static/icon.svg", "image/svg+xml"),
}


def routes() -> list[web.RouteDef]:
    """The page and its files, read once."""
    return [_route(path, _HERE / file, content_type) for path, (file, content_type) in _FILES.items()]


def _route(path: str, file: Path, content_type: str) -> web.RouteDef:
    text = file.read_text(encoding="utf-8")

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type=content_type, charset="utf-8", headers=_HEADERS)

    return web.get(path, answer)
