"""The demo ten times in one process: the last five rounds differ by less than 3 % in memory. Run by `make soak`."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "orders" / "python"
ROUNDS, LAST, ALLOWED = 10, 5, 0.03


def resident() -> int:
    """Memory of this process in KiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> int:
    """Run the rounds; 1 if memory grew."""
    sys.path.insert(0, str(DEMO))
    demo = importlib.import_module("main")  # that of the demo's folder

    sizes = []
    for number in range(1, ROUNDS + 1):
        with contextlib.redirect_stdout(io.StringIO()):
            if demo.main() != 0:
                print("the demo failed; run it alone to see why", file=sys.stderr)
                return 1
        gc.collect()
        sizes.append(resident())
        print(f"round {number:2}: {sizes[-1] / 1024:6.1f} MiB", flush=True)
    last = sizes[-LAST:]
    grown = (max(last) - min(last)) / min(last)
    print(f"the last {LAST} rounds differ by {grown:.2%}, {ALLOWED:.0%} are allowed")
    return 0 if grown < ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
