"""The files that git tracks: what the house rules are about."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config.environment import ROOT

PACKAGES = (
    "config",
    "console",
    "campaigns",
    "channels_sms",
    "channels_voice",
    "core",
    "telephony",
    "twin",
    "bench",
    "tests",
)


@cache
def paths() -> tuple[Path, ...]:
    """Every tracked file that exists. Skips where there is no git or no repository."""
    try:
        listed = subprocess.run(
            ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files are ours is not known")
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def python() -> tuple[Path, ...]:
    """Every tracked Python file but migrations, which are written by Django."""
    return tuple(path for path in paths() if path.suffix == ".py" and "migrations" not in path.parts)


def texts() -> Iterator[tuple[str, str]]:
    """Path (as git names it) and content of every tracked text file."""
    for path in paths():
        content = path.read_bytes()
        if b"\0" not in content:
            yield str(path.relative_to(ROOT)), content.decode(errors="replace")
