"""A worker as a program of its own: `working.py URL NAME LOG [slow]`. Its service writes a line for each call."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import arvo
from flow import CALC, add, flow


def main(url: str, name: str, log: str, pace: str = "fast") -> None:
    def logged(given: arvo.Input[Any]) -> arvo.Output:
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(f"{name} {given.event.id}\n")
        if pace == "stuck":
            time.sleep(60)
        if pace == "slow":
            time.sleep(0.3)
        return add(given)

    worker = arvo.Worker(url, [flow(), arvo.handler(CALC, {"1.0.0": logged})], name=name)
    print("ready", os.getpid(), flush=True)
    worker.run()
    print(*worker.tally(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
