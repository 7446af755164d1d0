"""Everything that is logged while the tests run, as the gateway would write it, and what must not be in there."""

import logging
import re
from collections.abc import Iterable

import pytest

from gateway.log import OUR_PACKAGES, formatter

# The file that looks at all that was logged runs last.
LAST = "test_logged.py"

_SUSPICIOUS = {
    "a token": re.compile(r"eyJ[\w-]{10,}"),
    "credentials": re.compile(r"(?i)(bearer|basic)\s+[\w.=-]{8,}"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a card number": re.compile(r"\b\d(?:[ -]?\d){12,18}\b"),
}


class Logged(logging.Handler):
    """Keeps what the gateway would have written."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(formatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


LOGGED = Logged()


def personal(lines: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Return what is suspicious in lines: by its look, or because it is known to be personal."""
    found = []
    for line in lines:
        found += [f"{what}: {line}" for what, pattern in _SUSPICIOUS.items() if pattern.search(line)]
        found += [f"{one!r}: {line}" for one in known if one in line]
    return found


def pytest_configure() -> None:
    """Keep everything from the start."""
    logging.getLogger().addHandler(LOGGED)
    for package in OUR_PACKAGES:
        logging.getLogger(package).setLevel(logging.INFO)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at it in the end."""
    items.sort(key=lambda item: item.path.name == LAST)
