"""docs/performance.md, from whatever the other commands have left in ``benchmarks/results``."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from string import Template
from typing import NamedTuple

from benchmarks import engine, faults, flame, growth, micro
from benchmarks.compare import run as comparison
from benchmarks.compare.merge import merged
from benchmarks.compare.results import Meta, Results
from benchmarks.compare.tables import all_tables, headline
from benchmarks.engine.rounds import Comparison
from benchmarks.faults.cases import Faults
from benchmarks.flame.profile import Profile, read_parts
from benchmarks.growth.points import Growth
from benchmarks.growth.tables import series_tables
from benchmarks.kept import read
from benchmarks.micro.timing import Timing
from benchmarks.places import DOCS, PICTURES
from benchmarks.rig.machine import Machine
from benchmarks.table import table

FILE = DOCS / "performance.md"
# More than the sampler of the core's speed and idle servers take.
FOREIGN = 0.05
TRIAL = "**Other programs were at work on this machine meanwhile: these figures are a trial, to be measured again.**"
TEMPLATE = Path(__file__).parent / "template.md"


class Found(NamedTuple):
    """What there is to report; None or nothing where it has not been measured."""

    runs: Sequence[Results] = ()
    engine: Comparison | None = None
    faults: Faults | None = None
    micro: Sequence[Timing] | None = None
    growth: Growth | None = None
    profile: Profile | None = None


def run() -> str:
    """Write the page and return its path."""
    found = Found(
        runs=[one for file in sorted(comparison.RUNS.glob("*.json")) if (one := read(file, Results))],
        engine=read(engine.FILE, Comparison),
        faults=read(faults.FILE, Faults),
        micro=read(micro.FILE, list[Timing]),
        growth=read(growth.FILE, Growth),
        profile=read(flame.FILE, Profile),
    )
    FILE.write_text(page(found))
    return str(FILE)


def page(found: Found) -> str:
    """Return the page; a part that has not been measured says by which command it would be."""
    results = merged(found.runs) if found.runs else None
    parts = {
        "machine": _versions(results.meta.machine) if results else _missing("quick"),
        "headline": headline(results) if results else _missing("quick"),
        "comparison": _comparison(found.runs, results) if results else _missing("quick"),
        "faults": _faults(found.faults) if found.faults else _missing("faults"),
        "engine": _engine(found.engine) if found.engine else _missing("engine"),
        "micro": _micro(found.micro) if found.micro else _missing("micro"),
        "growth": _growth(found.growth) if found.growth else _missing("growth"),
        "flame": _flame(found.profile) if found.profile else _missing("flame"),
    }
    return Template(TEMPLATE.read_text()).substitute(parts)


def _missing(command: str) -> str:
    return f"*Not measured yet: `scripts/bench {command}`.*"


def _made(machine: Machine) -> str:
    return f"Measured {machine.date} at commit {machine.commit}."


def _versions(machine: Machine) -> str:
    lines = [
        ["date", machine.date],
        ["commit", machine.commit],
        ["processor", f"{machine.processor}, {machine.cores} cores, {machine.memory_gb} GB"],
        ["system", machine.system],
        ["versions", ", ".join(f"{name} {number}" for name, number in machine.versions.items())],
    ]
    return table(["machine", ""], lines, words=2)


def _comparison(runs: Sequence[Results], results: Results) -> str:
    servers = "\n".join(f"- *{name}*: {words}" for name, words in results.meta.servers.items())
    head = ["run", "commit", "modes", "each cell", "customers", "slowest core speed", "others on the core"]
    lines = [
        [
            one.machine.date,
            one.machine.commit,
            ", ".join(one.modes),
            f"{one.rounds} x {one.seconds:g} s",
            str(one.customers),
            f"{one.slowest:.2f}",
            f"{_foreign(one):.0%}",
        ]
        for one in (run.meta for run in runs)
    ]
    trial = [TRIAL] if any(_foreign(run.meta) > FOREIGN for run in runs) else []
    return "\n\n".join([servers, table(head, lines, words=4), *trial, all_tables(results)])


def _foreign(meta: Meta) -> float:
    """Return what other programs used of the server's core, in the middle of all measurements."""
    return median(one.foreign_share for one in meta.samples) if meta.samples else 0.0


def _engine(found: Comparison) -> str:
    made = f"{_made(found.machine)} {found.rounds} rounds of {found.executions} executions."
    return f"{engine.comparison_table(found)}\n\n{made}"


def _faults(found: Faults) -> str:
    return f"{faults.faults_table(found)}\n\n{_made(found.machine)} {found.rounds} rounds of {found.seconds:g} s each."


def _micro(found: Sequence[Timing]) -> str:
    return f"{micro.timings_table(found)}\n\nSpread is the greatest value less the least, as a share of the median."


def _growth(found: Growth) -> str:
    sections = [f"{_made(found.machine)} Each point was measured {found.rounds} times for {found.seconds:g} s."]
    for series, text in series_tables(found):
        picture = PICTURES.relative_to(DOCS) / f"{series.name}.png"
        sections += [f"### {series.title}", f"{series.words}.", f"![{series.title}]({picture})", text]
    return "\n\n".join(sections)


def _flame(found: Profile) -> str:
    words = {part.name: " ".join(part.words.split()) for part in read_parts()}
    made = (
        f"{_made(found.machine)} py-spy took {found.samples:,} samples in {found.seconds} s while `{found.query}` was "
        f"answered on {found.concurrency} connections without a cache. Shares are of the time at work; what Python's "
        "own library and C code take counts for what called it."
    )
    picture = PICTURES.relative_to(DOCS) / f"{found.query}.svg"
    sections = [f"![Flame graph of {found.query}]({picture})", made]
    for spot in found.spots:
        functions = ", ".join(f"`{one.name}` {one.share:.1%}" for one in spot.functions)
        sections.append(f"**{spot.part}: {spot.share:.0%}.** {words.get(spot.part, '')} Most of it: {functions}.")
    return "\n\n".join(sections)
