"""The world outside: shops pack, carriers carry, money moves. It lets people's orders travel."""

import argparse
import asyncio
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path

from services.common.command import require_data
from services.common.database import Database
from services.common.times import real_clock
from services.people import SHOPPER
from services.simulator.life import Life


def main() -> None:
    """Let orders travel until SIGTERM or SIGINT.

    Raises:
        SystemExit: The data are missing or cannot be used.
    """
    parser = argparse.ArgumentParser(prog="services.simulator", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with order.sqlite, payment.sqlite, recs.sqlite"
    )
    parser.add_argument("--every", type=float, default=3.0, help="seconds from one step to the next")
    parser.add_argument(
        "--customer", action="append", default=[], help="whose orders (default: the first demo person's)"
    )
    options = parser.parse_args()
    for name in ("order", "payment", "recs"):
        require_data(name, options.data / f"{name}.sqlite")
    asyncio.run(_run(options.data, options.customer or [SHOPPER.id], options.every))


async def _run(data: Path, customers: list[str], seconds: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with (
        closing(Database(data / "order.sqlite", threads=1)) as orders,
        closing(Database(data / "payment.sqlite", threads=1)) as payments,
        closing(Database(data / "recs.sqlite", threads=1)) as recs,
    ):
        life = Life(orders, payments, recs, customers, real_clock)
        while not stop.is_set():
            sys.stdout.write(f"{await life.step()}\n")
            sys.stdout.flush()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)


main()
