"""``python -m benchmarks.telemetry``: the gateway without telemetry, with metrics, and with traces, taking turns.

python -m benchmarks.telemetry inside     CPU of a request without HTTP, in one process: good on a busy machine too
python -m benchmarks.telemetry served     behind HTTP, a process for each, under load, scraped, spans sent
python -m benchmarks.telemetry guards     the same for all that can be switched off, rate limits too, against none of it
"""

import os
from collections.abc import Callable
from functools import reduce

import click

from benchmarks.places import OTHER_CORE, SERVER_CORE
from benchmarks.telemetry import inside as within
from benchmarks.telemetry import served as behind

Command = Callable[..., None]


@click.group()
def main() -> None:
    """Measure what telemetry costs."""


@main.command()
@click.option("--query", default="center", show_default=True, help="Which query is asked.")
@click.option("--cache/--no-cache", default=True, show_default=True, help="Whether the process has everything already.")
@click.option("--rounds", default=200, show_default=True, help="How often each way is measured.")
@click.option("--requests", default=10, show_default=True, help="In each round.")
def inside(query: str, *, cache: bool, rounds: int, requests: int) -> None:
    """Print CPU microseconds of a request without HTTP before it."""
    os.sched_setaffinity(0, {SERVER_CORE})
    click.echo(within.run(query, rounds, requests, cache=cache))


def _measuring(mode: str) -> Callable[[Command], Command]:
    options = (
        click.option("--query", default="center", show_default=True, help="Which query is asked."),
        click.option("--mode", default=mode, show_default=True, help="As in scripts/bench: what is around it."),
        click.option("--seconds", default=2.0, show_default=True, help="Of each measurement."),
        click.option("--rounds", default=10, show_default=True, help="How often each way is measured."),
        click.option("--scrape", default=1.0, show_default=True, help="Seconds between two readings of the metrics."),
    )
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


@main.command()
@_measuring("warm-memory")
def served(query: str, mode: str, seconds: float, rounds: int, scrape: float) -> None:
    """Print right answers per second of CPU time, under load."""
    os.sched_setaffinity(0, {OTHER_CORE})
    click.echo(behind.run(query, mode, seconds, rounds, scrape))


@main.command()
@_measuring("warm-redis")
def guards(query: str, mode: str, seconds: float, rounds: int, scrape: float) -> None:
    """Print the same with rate limits, telemetry and logs, and without any of them."""
    os.sched_setaffinity(0, {OTHER_CORE})
    click.echo(behind.run(query, mode, seconds, rounds, scrape, guards=True))


if __name__ == "__main__":
    main()
