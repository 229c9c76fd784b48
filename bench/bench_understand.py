"""How long it takes to understand a text, and how much memory the understanding holds.

Question: median and 99th percentile of `understand()` over the corpus, warm, without a hint; the worst of
10 kB of anything; the time to the first reading, the process's memory at the end. The bounds are absolute.
"""

import resource
import statistics
import sys
import time
from typing import Final

from core.intents.understand import understand
from tests.core.intents.corpus import TODAY, languages, lines

ROUNDS: Final = 5
HOSTILE: Final = (
    "a ",
    "9",
    "🙂",
    "1/",
    "no ",
    "不",
    "ก",
    "안전",
    "safe not ",
    "ﷺ",
    "barsel ",
    "1 dec ",
    "عمان ",
)


def main() -> None:
    """Print one line a figure."""
    began = time.perf_counter()
    understand("hello", (), TODAY)
    first = time.perf_counter() - began
    texts = [line.text for tag in languages() for line in lines(tag)]
    took = sorted(min(_seconds(text) for _ in range(ROUNDS)) for text in texts)
    worst = max(
        min(_seconds(unit * (10_000 // len(unit.encode()))) for _ in range(ROUNDS)) for unit in HOSTILE
    )
    # Linux counts in kilobytes, macOS in bytes.
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    print(f"understand texts={len(texts)} languages={len(languages())}")
    print(f"understand median_ms={1000 * statistics.median(took):.3f} bound=1")
    print(f"understand p99_ms={1000 * took[int(0.99 * len(took))]:.3f} bound=5")
    print(f"understand hostile_10kB_ms={1000 * worst:.1f} bound=20")
    print(f"understand first_reading_s={first:.2f} bound=2")
    print(f"understand memory_mb={megabytes:.0f} bound=150")


def _seconds(text: str) -> float:
    began = time.perf_counter()
    understand(text, (), TODAY)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
