"""The provider's published vectors and description, when they are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

_DATA = Path(__file__).parents[3] / "shared" / "data"


def load(name: str) -> Any:
    """That file as JSON; skips the test when it is not there."""
    path = _DATA / name
    if not path.is_file():
        pytest.skip(f"{name}, which the provider publishes, is not at hand")
    return json.loads(path.read_text("utf-8"))
