"""Everything that is logged while the tests run, as the gateway would write it, and what must not be in there.

Where several processes share the tests, each leaves its lines in a file, and a byte for each test that it has finished.
"""

import logging
import os
import re
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.telemetry.log import OUR_PACKAGES, formatter

# The file that looks at all that was logged runs last.
LAST = "test_logged.py"

_SUSPICIOUS = {
    "a token": re.compile(r"eyJ[\w-]{10,}"),
    "credentials": re.compile(r"(?i)(bearer|basic)\s+[\w.=-]{8,}"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a card number": re.compile(r"\b\d(?:[ -]?\d){12,18}\b"),
}


class Logged(logging.Handler):
    """Keeps what the gateway would have written.

    Attributes:
        here: Lines of this process.
        file: Where they are for the others; None: there are no others.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(formatter())
        self.here: list[str] = []
        self.file: Path | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.add([self.format(record)])

    def add(self, lines: Iterable[str]) -> None:
        """Keep lines that were logged."""
        lines = list(lines)
        self.here += lines
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)

    def lines(self, tests: int) -> list[str]:
        """Return all lines, once so many tests are finished in all processes."""
        if self.file is None:
            return self.here
        end = time.monotonic() + SECONDS_FOR_THE_REST
        while sum(one.stat().st_size for one in self.file.parent.glob("*.finished")) < tests:
            assert time.monotonic() < end, "the other tests do not end"
            time.sleep(0.1)
        return [line for one in self.file.parent.glob("*.log") for line in one.read_text(encoding="utf-8").splitlines()]


LOGGED = Logged()
FOLDER = "TESTS_LOG_FOLDER"
SECONDS_FOR_THE_REST = 200


def personal(lines: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Return what is suspicious in lines: by its look, or because it is known to be personal."""
    found = []
    for line in lines:
        found += [f"{what}: {line}" for what, pattern in _SUSPICIOUS.items() if pattern.search(line)]
        found += [f"{one!r}: {line}" for one in known if one in line]
    return found


def pytest_configure(config: pytest.Config) -> None:
    """Keep everything from the start."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        LOGGED.file = Path(os.environ[FOLDER]) / f"{worker['workerid']}.log"
    elif config.getoption("numprocesses", None):
        # Its processes inherit it.
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="logged-")
    logging.getLogger().addHandler(LOGGED)
    for package in OUR_PACKAGES:
        logging.getLogger(package).setLevel(logging.INFO)


def pytest_runtest_logfinish() -> None:
    """Count a test."""
    if LOGGED.file is not None:
        with LOGGED.file.with_suffix(".finished").open("ab") as file:
            file.write(b".")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at it in the end; and begin what takes long first, so that no process is left alone with it."""
    items.sort(key=lambda item: (item.path.name == LAST, item.get_closest_marker("long") is None))
