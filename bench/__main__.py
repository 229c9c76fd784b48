"""`python -m bench`: every benchmark, one line a figure. `python -m bench dispatch` runs one of them."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Run each bench_*.py in a process of its own, so that none warms or burdens another."""
    wanted = sys.argv[1:]
    names = sorted(path.stem for path in FOLDER.glob("bench_*.py"))
    chosen = [name for name in names if not wanted or name.removeprefix("bench_") in wanted]
    if not chosen:
        sys.exit(f"no such benchmark; there are {', '.join(name.removeprefix('bench_') for name in names)}")
    failed = [name for name in chosen if subprocess.call([sys.executable, "-m", f"bench.{name}"])]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
