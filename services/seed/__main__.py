"""`python -m services.seed --data DIR`: makes the demo data."""

import argparse
import sys
import time
from pathlib import Path

from services.seed import ensure_copy, ensure_seed
from services.seed.moving import move_on


def main() -> None:
    """Make the demo data unless it is there.

    Raises:
        SystemExit: The folder cannot be written; its message says why.
    """
    parser = argparse.ArgumentParser(prog="services.seed", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for order.sqlite, payment.sqlite, recs.sqlite")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is 60,000 orders; the demo people stay the same")
    parser.add_argument("--copy", type=Path, help="folder for a copy that may be changed; one that is there stays")
    parser.add_argument("--fresh", action="store_true", help="replace the copy that is there")
    options = parser.parse_args()
    try:
        ensure_seed(options.data, _say, scale=options.scale)
        if options.copy is not None:
            ensure_copy(options.data, options.copy, _say, fresh=options.fresh)
            if days := move_on(options.copy, int(time.time())):
                _say(f"seed: the demo people's past was moved on by {days} days")
    except OSError as error:
        sys.exit(f"seed: {error}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


main()
