"""The yardstick of durable workflows: two calls and an end on DBOS, which keeps them in SQLite and replays.

    python -m venv apart && apart/bin/pip install dbos
    apart/bin/python bindings-python/bench/yardstick_dbos.py [workflows]

Prints one JSON object: the median of one workflow alone, and workflows a second, one at a time and 100 in flight.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dbos import DBOS  # pyright: ignore[reportMissingImports]


@DBOS.step()
def add(first: int, second: int) -> int:
    """The service."""
    return first + second


@DBOS.workflow()
def sums(start: int) -> int:
    """Two calls, one after the other."""
    return add(add(start, 1), 2)


def main(count: int) -> None:
    """Runs `count` workflows each way."""
    with tempfile.TemporaryDirectory() as folder:
        DBOS(config={"name": "yardstick", "system_database_url": f"sqlite:///{Path(folder) / 'dbos.sqlite'}"})
        DBOS.launch()
        sums(1)
        times: list[float] = []
        for number in range(count):
            start = time.perf_counter()
            sums(number)
            times.append(time.perf_counter() - start)
        start = time.perf_counter()
        with ThreadPoolExecutor(100) as pool:
            list(pool.map(sums, range(count)))
        together = time.perf_counter() - start
        DBOS.destroy()
    print(
        json.dumps(
            {
                "yardstick": "DBOS",
                "median_ms": round(statistics.median(times) * 1000, 2),
                "per_second_alone": round(count / sum(times)),
                "per_second_100_in_flight": round(count / together),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
