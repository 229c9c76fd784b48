"""The docs name what there is, and what they point to exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver

from config.environment import ROOT, SETTINGS

OPERATIONS = ROOT / "docs/OPERATIONS.md"
OURS = {"core", "channels_sms", "channels_voice", "campaigns", "consular", "console", "config"}
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("setting", [setting.name for setting in SETTINGS])
def test_every_setting_is_in_operations(setting: str) -> None:
    assert f"`{setting}`" in OPERATIONS.read_text()


def test_every_setting_that_is_read_is_listed() -> None:
    source = (ROOT / "config/environment.py").read_text()
    read = set(re.findall(r'(?:environ|keys|servers)(?:\.get\(|, |\[)"([A-Z_]+)"', source))
    assert read - {setting.name for setting in SETTINGS} == set()


@pytest.mark.parametrize("command", sorted(name for name, app in get_commands().items() if app in OURS))
def test_every_command_is_in_operations(command: str) -> None:
    assert f"manage.py {command}" in OPERATIONS.read_text()


def test_every_operators_address_is_in_operations() -> None:
    addresses = {str(pattern.pattern) for pattern in get_resolver().url_patterns}
    page = OPERATIONS.read_text()
    assert [address for address in ("healthz", "readyz", "metrics") if address not in addresses] == []
    assert all(f"`/{address}`" in page for address in ("healthz", "readyz", "metrics"))


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    targets = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_decision_is_short_and_says_when_to_revisit_it() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert len(decisions) >= 10
    for decision in decisions:
        text = decision.read_text()
        assert len(text.splitlines()) <= 60, decision.name
        for part in ("## Context", "## Options", "## Decision", "## Consequences", "## Revisit when"):
            assert part in text, f"{decision.name}: {part}"
