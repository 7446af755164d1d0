"""Processes that the benchmark starts: each on its core, with its log, ended by its own id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from benchmarks.places import LOGS, ROOT, BenchmarkError, program

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LOG_LINES = 15
# Nothing else of this shell's environment may change what is measured.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class Running:
    """A process that listens on a port."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.port = port
        self._process = process

    @property
    def pid(self) -> int:
        """Its id. ``taskset`` becomes what it starts, so this is the server itself."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, by force where it does not go by itself."""
        if not self.alive:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Processes:
    """Starts processes and ends all of them when the block is left, also by SIGTERM."""

    def __init__(self) -> None:
        self._running: list[Running] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        core: int,
        port: int,
        environment: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> Running:
        """Start a process and wait until it listens.

        Args:
            name: For messages and the name of its log.
            command: Program and arguments.
            core: The one core that it may use.
            port: Where it will listen; 0: nowhere.
            environment: Its variables, beside the few that every program needs.
            folder: Where it runs.

        Raises:
            BenchmarkError: It ended, or did not listen in time.
        """
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / f"{name}.log"
        own = {key: os.environ[key] for key in INHERITED if key in os.environ}
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  our own commands
                [program("taskset"), "-c", str(core), *command],
                cwd=folder,
                env=own | dict(environment or {}),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Running(name, port, process)
        self._running.append(running)
        if port and not _listens(running):
            running.stop()
            last = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            raise BenchmarkError("\n".join([f"{name} did not start. The end of its log:", *last]))
        return running

    def stop(self, running: Running) -> None:
        """End one."""
        running.stop()
        self._running.remove(running)

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for running in reversed(self._running):
            running.stop()


def _listens(running: Running) -> bool:
    end = time.monotonic() + START_SECONDS
    while running.alive and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", running.port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _leave(number: int, _frame: FrameType | None) -> None:
    """Turn a signal into an exception, so that blocks are left and processes ended."""
    sys.exit(128 + number)
