"""Alerts of CAP 1.2 for tests: samples that no authority published. `shared` are the published ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from config.environment import ROOT

SHARED: Final = ROOT.parent / "shared/data/cap"

CIRCLE: Final = "<area><areaDesc>Sample coast</areaDesc><circle>32.76,22.63 50</circle></area>"
"""Around Derna in Libya."""

LIBYA: Final = (
    "<area><areaDesc>Sample region</areaDesc><geocode><valueName>ISO 3166-2</valueName>"
    "<value>LY-DR</value></geocode></area>"
)
NOWHERE: Final = "<area><areaDesc>Sample valley</areaDesc></area>"


def info(language: str = "en", *, area: str = CIRCLE, headline: str = "SAMPLE flood", **parts: str) -> str:
    """One language of an alert, valid from 2026-11-22 to 2026-11-24."""
    said = {
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Observed",
        "effective": "2026-11-22T10:00:00+02:00",
        "expires": "2026-11-24T10:00:00+02:00",
    } | parts
    tags = "".join(f"<{name}>{text}</{name}>" for name, text in said.items() if text)
    return (
        f"<info><language>{language}</language><category>Met</category><event>Sample flood</event>{tags}"
        f"<senderName>Sample Office</senderName><headline>{headline}</headline>"
        f"<description>SAMPLE words.</description><instruction>Go to high ground.</instruction>{area}</info>"
    )


def alert(infos: Sequence[str] = (), *, number: int = 1, more: str = "", **parts: str) -> bytes:
    """A whole alert; `more` stands before the infos."""
    said = {
        "identifier": f"SAMPLE-{number}",
        "sender": "sample@example.org",
        "sent": f"2026-11-22T10:00:{number:02}+02:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
    } | parts
    tags = "".join(f"<{name}>{text}</{name}>" for name, text in said.items() if text)
    body = "".join(infos) if infos else info()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">\n{tags}\n{more}{body}\n</alert>\n'
    ).encode()


def name(number: int) -> str:
    """How another alert refers to that one."""
    return f"sample@example.org,SAMPLE-{number},2026-11-22T10:00:{number:02}+02:00"


def refers(number: int) -> str:
    """The element with which it does."""
    return f"<references>{name(number)}</references>"


def shared(file: str) -> Path:
    """A published alert; skips the test where they are not present."""
    path = SHARED / file
    if not path.exists():
        pytest.skip("the published sample alerts are not on this machine")
    return path
