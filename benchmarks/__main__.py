"""``scripts/bench COMMAND``: the commands of the benchmarks."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmarks import engine, faults, flame, growth, micro, report
from benchmarks.compare.comparison import Options
from benchmarks.compare.run import compare_and_keep
from benchmarks.compare.tables import all_tables, headline
from benchmarks.modes import MODES, find_modes
from benchmarks.places import OTHER_CORE, QUERIES
from benchmarks.queries import read_queries
from benchmarks.servers import OURS, SERVERS, find_servers

QUICK_MODES = "no-cache,warm-redis"
EVERY_MODE = ",".join(mode.name for mode in MODES)

Command = Callable[..., None]


def _comparing(*, modes: str, concurrency: str, rounds: int) -> Callable[[Command], Command]:
    options = (
        click.option("--servers", default=",".join(SERVERS), show_default=True, help="Names, separated by commas."),
        click.option("--modes", default=modes, show_default=True, help=f"Of {EVERY_MODE}"),
        click.option(
            "--queries", type=click.Path(path_type=Path, exists=True), default=QUERIES, help="Your own folder."
        ),
        click.option("--concurrency", default=concurrency, show_default=True, help="Numbers, separated by commas."),
        click.option("--seconds", default=1.0, show_default=True, help="Of each measurement."),
        click.option("--warm-up", default=1.0, show_default=True, help="Seconds before, for each server and query."),
        click.option("--rounds", default=rounds, show_default=True, help="How often each cell is measured."),
        click.option("--customers", default=50, show_default=True, help="Number of people who ask in turn."),
    )

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group()
def main() -> None:
    """Measure this gateway beside what people would use instead, on two cores of this machine."""
    # Everything that is started here inherits this; what is measured is then put on the other core.
    os.sched_setaffinity(0, {OTHER_CORE})


@main.command()
@_comparing(modes=QUICK_MODES, concurrency="16", rounds=2)
def quick(**options: Any) -> None:  # noqa: ANN401  click passes them by name
    """Compare all servers, with a cache and without."""
    sys.exit(not _compare(**options))


@main.command()
@_comparing(modes=EVERY_MODE, concurrency="1,16,64", rounds=3)
@click.pass_context
def full(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401  the same
    """Compare all servers in every mode, then run all other commands."""
    all_right = _compare(**options)
    for command in (micro_command, engine_command, faults_command, growth_command, flame_command, report_command):
        context.invoke(command)
    sys.exit(not all_right)


@main.command("micro")
@click.option("--only", default="", help="Part of a benchmark's name.")
@click.option("--processes", default=3, show_default=True, help="For each benchmark, one after the other.")
def micro_command(only: str, processes: int) -> None:
    """Measure what the gateway does for a request, piece by piece."""
    click.echo(micro.run(only, processes))


@main.command("engine")
@click.option("--rounds", default=15, show_default=True, help="How often each way is measured.")
@click.option("--executions", default=10, show_default=True, help="In each round.")
def engine_command(rounds: int, executions: int) -> None:
    """Compare three ways of executing `center` from warm loaders: graphql-core, this gateway's, and by hand."""
    click.echo(engine.run(rounds, executions))


@main.command("faults")
@click.option("--rounds", default=3, show_default=True, help="How often each case is measured.")
@click.option("--seconds", default=5.0, show_default=True, help="Of each measurement.")
def faults_command(rounds: int, seconds: float) -> None:
    """Measure this gateway's answers while a service is slow, gone, or late now and then."""
    click.echo(faults.run(rounds, seconds))


@main.command("growth")
@click.option("--servers", default=OURS, show_default=True, help="Names, separated by commas.")
@click.option("--series", default=",".join(growth.SERIES), show_default=True, help="Names, separated by commas.")
@click.option("--seconds", default=2.0, show_default=True, help="Of each measurement.")
@click.option("--rounds", default=2, show_default=True, help="How often each point is measured.")
def growth_command(servers: str, series: str, seconds: float, rounds: int) -> None:
    """Measure how cost grows with page size, concurrency and number of customers, and plot it into docs/."""
    click.echo(growth.run(find_servers(servers), series, seconds, rounds, _progress))


@main.command("flame")
@click.option("--seconds", default=10, show_default=True, help="How long the server is watched.")
@click.option("--query", default="center", show_default=True, help="Which query it answers meanwhile.")
def flame_command(seconds: int, query: str) -> None:
    """Draw into docs/ where this gateway's time goes while it answers."""
    click.echo(flame.run(seconds, query))


@main.command("report")
def report_command() -> None:
    """Write docs/performance.md from what the other commands have left in benchmarks/results."""
    click.echo(f"wrote {report.run()}")


def _compare(  # one keyword per option
    *,
    servers: str,
    modes: str,
    queries: Path,
    concurrency: str,
    seconds: float,
    warm_up: float,
    rounds: int,
    customers: int,
) -> bool:
    options = Options(
        servers=find_servers(servers),
        modes=find_modes(modes),
        queries=read_queries(queries),
        concurrencies=tuple(map(int, concurrency.split(","))),
        seconds=seconds,
        warm_up=warm_up,
        rounds=rounds,
        customers=customers,
    )
    results, all_right = compare_and_keep(options, _progress)
    click.echo(f"\n{all_tables(results)}\n\n{headline(results)}\n")
    return all_right


def _progress(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
