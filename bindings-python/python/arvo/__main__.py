"""The command line of a durable store: `python -m arvo --help`."""

import signal
import sys

from arvo._arvo import cli

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the command is not Python's to interrupt
    sys.exit(cli(sys.argv[1:]))
