"""Where things are, and which core is whose."""

import os
import shutil
import socket
from pathlib import Path
from typing import IO

import click

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
DOCS = ROOT / "docs"
PICTURES = DOCS / "performance"
QUERIES = HERE / "queries"
PEERS = HERE / "peers"
RESULTS = HERE / "results"
LOGS = RESULTS / "logs"
BIN = ROOT / ".venv" / "bin"
# What only benchmarks need; scripts/bench puts it there, out of the way of what is measured.
TOOLS = ROOT / ".venv" / "benchmarks"
PEERS_PYTHON = ROOT / ".venv" / "peers"

SERVER_CORE = 0
OTHER_CORE = 1


class BenchmarkError(click.ClickException):
    """The benchmark cannot go on; the message says why and what to do. A command that ends with it exits with 1."""

    def show(self, file: IO[str] | None = None) -> None:
        """Print it."""
        click.echo(f"benchmarks: {self.message}", err=True, file=file)


def program(name: str) -> str:
    """Return the path of a program on PATH or in .venv; raises ``BenchmarkError`` where there is none."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(BIN), str(TOOLS / "bin")]))
    if found is None:
        raise BenchmarkError(f"{name} is not on this machine; scripts/bench installs it")
    return found


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
