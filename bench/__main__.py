"""`python -m bench`: every benchmark, one line a figure. `python -m bench dispatch` runs one of them.

What begins with a dash, and what follows it, is for the benchmark: `python -m bench chaos --people 20000`.
"""

import sys
from pathlib import Path

from bench import ending

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Run each bench_*.py in a process of its own, so that none warms or burdens another."""
    given = sys.argv[1:]
    dash = next((place for place, word in enumerate(given) if word.startswith("-")), len(given))
    wanted, options = given[:dash], given[dash:]
    names = sorted(path.stem for path in FOLDER.glob("bench_*.py"))
    chosen = [name for name in names if not wanted or name.removeprefix("bench_") in wanted]
    if not chosen:
        sys.exit(f"no such benchmark; there are {', '.join(name.removeprefix('bench_') for name in names)}")
    failed = [name for name in chosen if ending.run([sys.executable, "-m", f"bench.{name}", *options])]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
