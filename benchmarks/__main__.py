"""``python -m benchmarks``: what scripts/bench runs."""

import os
import sys
from pathlib import Path

import click
import msgspec

from benchmarks import machine, summary
from benchmarks.bench_tables import all_tables
from benchmarks.bench_tables import summary as summary_table
from benchmarks.comparison import Notes, Options, compare
from benchmarks.modes import MODES, find_modes
from benchmarks.places import OTHER_CORE, QUERIES, RESULTS, BenchmarkError
from benchmarks.queries import read_queries
from benchmarks.results import Meta, Results
from benchmarks.rig import Rig, rigged
from benchmarks.servers import OURS, SERVERS, find_servers


@click.command()
@click.option("--servers", default=",".join(SERVERS), show_default=True, help="Names, separated by commas.")
@click.option("--modes", default="no-cache,warm-redis", show_default=True, help=", ".join(mode.name for mode in MODES))
@click.option("--queries", type=click.Path(path_type=Path, exists=True), default=QUERIES, help="Folder of your own.")
@click.option("--concurrency", default="16", show_default=True, help="Numbers, separated by commas.")
@click.option("--seconds", default=1.0, show_default=True, help="Of each measurement.")
@click.option("--warm-up", default=1.0, show_default=True, help="Seconds before, for each server and query.")
@click.option("--rounds", default=2, show_default=True, help="How often each cell is measured.")
@click.option("--customers", default=50, show_default=True, help="Number of people who ask in turn.")
def main(
    servers: str,
    modes: str,
    queries: Path,
    concurrency: str,
    seconds: float,
    warm_up: float,
    rounds: int,
    customers: int,
) -> None:
    """Measure this gateway, what people would use instead, and the ceiling, doing the same work in one run."""
    os.sched_setaffinity(0, {OTHER_CORE})
    try:
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
        with rigged() as rig:
            notes = compare(rig, options, click.echo)
            results = _results(rig, options, notes)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from None
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1))
    (RESULTS / "latest.md").write_text(all_tables(results) + "\n")
    click.echo(f"\n{all_tables(results)}\n\n{summary_table(results)}")
    sys.exit(notes.anything_wrong)


def _results(rig: Rig, options: Options, notes: Notes) -> Results:
    reference = rig.speed.reference()
    meta = Meta(
        machine=machine.describe(),
        servers={server.name: server.words for server in options.servers},
        modes={mode.name: mode.words for mode in options.modes},
        seconds=options.seconds,
        rounds=options.rounds,
        customers=options.customers,
        reference_ms=reference,
        slowest=min((reference / sample.work_ms for sample in notes.samples), default=1.0),
        bytes_per_answer=notes.bytes_per_answer,
        ratios=summary.ratios(notes.samples, OURS, reference),
        refused=notes.refused,
        samples=notes.samples,
    )
    return Results(meta, summary.rows(notes.samples, reference))


if __name__ == "__main__":
    main()
