"""``python -m tests.engine.peers``: what scripts/peers runs."""

import sys
from pathlib import Path

import click

from tests.engine.peers.suites import PATHS, Source, ids, not_applicable, run, table, write


@click.command()
@click.option("--baseline", is_flag=True, help="Against graphql-core's own executors; writes nothing.")
@click.option("--folder", type=click.Path(path_type=Path, exists=True), help="Another suite's folder; writes nothing.")
@click.argument("paths", nargs=-1)
def main(*, baseline: bool, folder: Path | None, paths: tuple[str, ...]) -> None:
    """Run graphql-core's own tests against the engine and write the table in docs/engine.md."""
    source = Source("graphql-core")
    found = run(folder or source.fetch(), paths or PATHS, baseline=baseline)
    excused = [] if baseline or folder or paths else not_applicable()
    outcome = table(source, found, excused)
    click.echo(outcome)
    if not (baseline or folder or paths):
        write(outcome)
    failed = found.ended("failed")
    for test in sorted(failed ^ ids(excused)):
        click.echo(f"{'failed' if test in failed else 'passes, so it is applicable'}: {test}")
    sys.exit(failed != ids(excused))


if __name__ == "__main__":
    main()
