"""No tracked file holds a number, a secret, a registry or a path of somebody's machine."""

import re

import pytest

from tests.house import tracked

# Each is written so that it does not match itself.
PATTERNS = {
    "a phone number": re.compile(r"(?<![\w+/=])\+[0-9]{7,}"),
    # The ten digits in their order are an alphabet.
    "a long digit run": re.compile(r"(?<![\w.-])(?!0123456789\b)[0-9]{10,}(?![\w.])"),
    "an account or key of the provider": re.compile(r"\b(?:AC|SK)[0-9a-f]{32}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE[ ]KEY"),
    "an access token": re.compile(r"\b(?:gh[pousr]_|glpat-|xox[bp]-|AKIA)[0-9A-Za-z_-]{12,}"),
    "a package registry": re.compile(
        r"pypi[.](?:org|python)|files[.]python[h]osted|registry[.](?:npmjs|yarnpkg)|unpkg[.]com|js[d]elivr"
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/"),
}


@pytest.mark.parametrize("what", PATTERNS)
def test_no_tracked_file_holds(what: str) -> None:
    found = [
        f"{name}:{number}"
        for name, content in tracked.texts()
        for number, line in enumerate(content.splitlines(), start=1)
        if PATTERNS[what].search(line)
    ]
    assert found == []


def test_the_lock_names_versions_and_hashes_and_no_address() -> None:
    lock = next(content for name, content in tracked.texts() if name == "requirements.lock")
    assert not re.search(r"https?://|^--(?:index|extra-index|find-links)|^-i ", lock, re.MULTILINE)
    pinned = re.findall(r"^[a-z0-9][^ =;]*==", lock, re.MULTILINE)
    assert len(pinned) > 50
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_no_environment_or_key_file_is_tracked() -> None:
    names = [path.name for path in tracked.paths()]
    assert [
        name for name in names if name.startswith(".env") or name.endswith((".pem", ".key", ".sqlite3"))
    ] == []
