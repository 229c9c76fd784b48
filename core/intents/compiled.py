"""A compiled file: sections of text and of numbers, mapped, so that processes share one copy of it.

It holds no objects to be brought to life, only text and numbers that its owner reads: a file that somebody
else wrote can say something wrong, and no more.
"""

import json
import logging
import mmap
import os
import struct
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parent.parent.parent
_MAGIC: Final = b"ALONGSIDE-INDEX2"
_SIZE: Final = struct.Struct("<I")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a file holds. `fingerprint` names the sources it was made of."""

    fingerprint: str
    sections: tuple[memoryview, ...]


def source_digest(files: Iterable[Path]) -> str:
    """Names the contents of files: a file compiled of others is out of date. Raises OSError."""
    digest = blake2b(digest_size=16)
    for file in files:
        content = file.read_bytes()
        digest.update(_SIZE.pack(len(content)) + content)
    return digest.hexdigest()


def packed(fingerprint: str, sections: Sequence[bytes]) -> bytes:
    """The file of these sections; each begins at a multiple of 8 bytes."""
    head = json.dumps({"fingerprint": fingerprint, "sizes": [len(section) for section in sections]}).encode()
    head += b" " * (-(len(_MAGIC) + _SIZE.size + len(head)) % 8)
    padded = (section + bytes(-len(section) % 8) for section in sections)
    return b"".join((_MAGIC, _SIZE.pack(len(head)), head, *padded))


def unpacked(content: memoryview) -> Compiled:
    """What `packed` made a file of. Raises ValueError for anything else, a file cut short included."""
    start = len(_MAGIC) + _SIZE.size
    if len(content) < start or bytes(content[: len(_MAGIC)]) != _MAGIC:
        raise ValueError("not a compiled file")
    (size,) = _SIZE.unpack_from(content, len(_MAGIC))
    head = json.loads(bytes(content[start : start + size]))
    sections, offset = [], start + size
    for length in head["sizes"]:
        sections.append(content[offset : offset + length])
        offset += length + -length % 8
    if offset != len(content):
        raise ValueError("a compiled file cut short")
    return Compiled(head["fingerprint"], tuple(sections))


def opened(path: Path) -> Compiled:
    """The file, mapped. Raises OSError, ValueError."""
    with path.open("rb") as file:
        return unpacked(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))


def current(path: Path, fingerprint: str, module: str) -> Compiled:
    """The file of these sources, made first by `module` where it is missing or of other sources.

    Where it cannot be written (a folder nobody may write to), it serves this process alone.
    """
    try:
        found = opened(path)
    except (OSError, ValueError):
        found = None
    if found is not None and found.fingerprint == fingerprint:
        return found
    logger.info("%s is missing or out of date and is compiled", path.name)
    # In a process of its own: compiling needs several times the memory that reading does.
    made = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", module], check=True, cwd=_ROOT, stdout=subprocess.PIPE
    ).stdout
    try:
        write(path, made)
    except OSError:
        logger.warning("%s cannot be written: every process compiles its own at its start", path.name)
        return unpacked(memoryview(made))
    return opened(path)


def write(path: Path, content: bytes) -> None:
    """Put a file in the place of another at once; readers of the old one keep it. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
        new = Path(file.name)
    try:
        new.write_bytes(content)
        new.chmod(0o644)
        os.replace(new, path)  # noqa: PTH105 - Path.replace is the same call, this one says it is atomic
    except OSError:
        new.unlink(missing_ok=True)
        raise


def hashed(entries: Sequence[tuple[int, int]]) -> bytes:
    """A table of digests and offsets for `find`.

    Open addressing, at most two thirds full: 40 bits of the digest, 24 bits of offset + 1.
    """
    size = 1 << (len(entries) * 3 // 2).bit_length()
    table = array("Q", bytes(8 * size))
    for digest, offset in entries:
        slot = digest & (size - 1)
        while table[slot]:
            slot = (slot + 1) & (size - 1)
        table[slot] = (digest >> 24) << 24 | (offset + 1)
    return table.tobytes()


def find(table: memoryview, digest: int) -> int | None:
    """The offset kept for a digest in a table of `hashed`; None where it has none."""
    mask = len(table) - 1
    slot, wanted = digest & mask, digest >> 24
    while entry := table[slot]:
        if entry >> 24 == wanted:
            return int(entry & 0xFFFFFF) - 1
        slot = (slot + 1) & mask
    return None


def numbers(section: memoryview, offset: int) -> tuple[int, ...]:
    """The list of numbers at an offset: how many, in one byte, and 32 bits of each."""
    return struct.unpack_from(f"<{section[offset]}I", section, offset + 1)


def numbered(found: Sequence[int]) -> bytes:
    """A list for `numbers`, of 255 at most."""
    return struct.pack(f"<B{len(found)}I", len(found), *found)
