"""How long it takes to understand a text, and how much memory the understanding holds.

Question: median and 99th percentile of `understand()` over the corpus, warm, without a hint; the time to the
first reading and the process's memory after all of these; the worst of 10 kB of anything, of which 500 are
made up out of all that the engine knows (`bench.hostile`), read the first time and again. The bounds are
absolute. Times are of the processor, so what else runs on the machine is counted as little as can be.

    python -m bench understand
"""

import resource
import statistics
import sys
import time
from typing import Final

from bench.hostile import KNOWN, filled, texts
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY, languages, lines

ROUNDS: Final = 5
SEARCHED: Final = 500  # hostile texts
SEED: Final = 22


def main() -> None:
    """Print one line a figure."""
    began = time.process_time()
    understand("hello", (), TODAY)
    first = time.process_time() - began
    corpus = [line.text for tag in languages() for line in lines(tag)]
    took = sorted(min(_seconds(text) for _ in range(ROUNDS)) for text in corpus)
    # Linux counts in kilobytes, macOS in bytes.
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    hostile = [*map(filled, KNOWN), *texts(SEARCHED, SEED)]
    once = sorted(map(_seconds, hostile))
    worst, where = max((min(_seconds(text) for _ in range(ROUNDS)), text) for text in hostile)
    print(f"understand texts={len(corpus)} languages={len(languages())}")
    print(f"understand median_ms={1000 * statistics.median(took):.3f} bound=1")
    print(f"understand p99_ms={1000 * took[int(0.99 * len(took))]:.3f} bound=5")
    print(f"understand hostile_10kB_ms={1000 * worst:.1f} bound=20 texts={len(hostile)} worst={where[:24]!a}")
    print(f"understand hostile_once_p99_ms={1000 * once[int(0.99 * len(once))]:.1f}")
    print(f"understand first_reading_s={first:.2f} bound=2")
    print(f"understand memory_mb={megabytes:.0f} bound=150")


def _seconds(text: str) -> float:
    began = time.process_time()
    understand(text, (), TODAY)
    return time.process_time() - began


if __name__ == "__main__":
    main()
