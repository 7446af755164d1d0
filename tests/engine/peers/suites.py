"""graphql-core's own tests, from its source distribution, run against the engine."""

import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DATA = ROOT / ".data" / "peers"
DOCUMENT = ROOT / "docs" / "engine.md"
MARKERS = ("<!-- peers: begin -->", "<!-- peers: end -->")

# All of its files in which something is executed, and nothing that only parses, validates or prints.
PATHS = (
    "tests/execution",
    "tests/test_graphql.py",
    "tests/test_star_wars_introspection.py",
    "tests/test_star_wars_query.py",
    "tests/test_user_registry.py",
    "tests/type/test_custom_scalars.py",
    "tests/type/test_enum.py",
    "tests/type/test_introspection.py",
)


class Outcomes(msgspec.Struct):
    """How a suite's tests ended.

    Attributes:
        executed: Operations that the executor in question was built for.
        outcomes: passed, failed or skipped, by the test's id.
    """

    executed: int
    outcomes: dict[str, str]

    def ended(self, outcome: str) -> set[str]:
        """The ids of the tests that ended so."""
        return {test for test, ended in self.outcomes.items() if ended == outcome}


class FetchError(Exception):
    """The source distribution cannot be had here."""


@dataclass(frozen=True)
class Source:
    """The source distribution of an installed package, at its installed version.

    Args:
        name: The package's name on the index.
    """

    name: str

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {version(self.name)}"

    def fetch(self) -> Path:
        """Return its unpacked folder, downloaded and checked against the lock's hashes where it is not here yet.

        Raises:
            FetchError: pip could not download it.
        """
        folder = DATA / self.title.replace(" ", "-")
        if not folder.exists():
            DATA.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=DATA) as temporary:
                self._download(Path(temporary)).rename(folder)
        return folder

    def _download(self, into: Path) -> Path:
        pinned = into / "requirements.txt"
        pinned.write_text(self._lock())
        arguments = ["--no-deps", "--require-hashes", "--no-binary", self.name, "--dest", str(into), "-r", str(pinned)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise FetchError(f"the source of {self.title} could not be downloaded:\n{ended.stderr}")
        [archive] = into.glob("*.tar.gz")
        # Before 3.11.4 Python has no filters; it is the archive whose hash is pinned.
        options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(archive) as tar:
            tar.extractall(into, **options)  # type: ignore[arg-type]  # noqa: S202  filtered where that can be
        return into / archive.name.removesuffix(".tar.gz")

    def _lock(self) -> str:
        lines = (ROOT / "requirements" / "dev.txt").read_text().splitlines()
        first = next(number for number, line in enumerate(lines) if line.startswith(f"{self.name}=="))
        last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
        return "\n".join(lines[first : last + 1])


class Group(msgspec.Struct):
    """Tests that cannot apply to another executor.

    Attributes:
        reason: Why.
        tests: Their ids.
    """

    reason: str
    tests: list[str]


def run(
    folder: Path, paths: Sequence[str], *, baseline: bool = False, leave_out: Collection[str] = frozenset()
) -> Outcomes:
    """Run the tests in these paths of an unpacked folder, with its own configuration.

    Args:
        folder: Where the suite's pyproject.toml is.
        paths: Files and folders in it.
        baseline: Run them against graphql-core's own executors.
        leave_out: Ids of tests that are not run.
    """
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "outcomes.json"
        options = ["-q", "-p", "no:cacheprovider", "-p", "reroute", "--outcomes", str(report), "-o", "addopts="]
        options += ["--baseline"] if baseline else []
        options += [f"--deselect={test}" for test in leave_out]
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *paths],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(HERE)},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode > 1:
            raise RuntimeError(f"pytest ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
        print(ended.stdout, file=sys.stderr)  # noqa: T201  why a test failed; pytest shows it where ours fails
        return msgspec.json.decode(report.read_bytes(), type=Outcomes)


def not_applicable() -> list[Group]:
    """Return the tests that cannot apply to another executor."""
    groups = tomllib.loads((HERE / "not_applicable.toml").read_text())["group"]
    return msgspec.convert(groups, list[Group])


def ids(groups: Iterable[Group]) -> set[str]:
    """Return the ids of all tests of groups."""
    return {test for group in groups for test in group.tests}


def table(source: Source, found: Outcomes, excused: Sequence[Group]) -> str:
    """Return the outcomes in Markdown: a row for each file, and the reasons below."""
    rows = [f"Tests of {source.title} | passed | not applicable | failed", "--- | ---: | ---: | ---:"]
    outcomes = found.outcomes | dict.fromkeys(ids(excused), "not applicable")
    total: Counter[str] = Counter()
    for file in sorted({_file(test) for test in outcomes}):
        counts = Counter(outcome for test, outcome in outcomes.items() if _file(test) == file)
        total += counts
        rows.append(_row(f"`{file}`", counts))
    rows.append(_row("**all**", total))
    lines = [f"| {row} |" for row in rows]
    for group in excused:
        names = ", ".join(f"`{test.rpartition('::')[2]}`" for test in sorted(group.tests))
        lines += ["", f"Not applicable are {names}: {group.reason}"]
    return "\n".join(lines)


def write(text: str) -> None:
    """Put a text between the markers of the document."""
    before, _, rest = DOCUMENT.read_text().partition(MARKERS[0])
    _, _, after = rest.partition(MARKERS[1])
    DOCUMENT.write_text(f"{before}{MARKERS[0]}\n{text}\n{MARKERS[1]}{after}")


def written() -> str:
    """Return the text between the markers of the document."""
    return DOCUMENT.read_text().partition(f"{MARKERS[0]}\n")[2].partition(f"\n{MARKERS[1]}")[0]


def _file(test: str) -> str:
    return test.partition("::")[0]


def _row(title: str, counts: Mapping[str, int]) -> str:
    return " | ".join([title, *(str(counts[outcome]) for outcome in ("passed", "not applicable", "failed"))])
