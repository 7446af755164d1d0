"""The embedded services as real processes on free ports."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

from tests.support import plain

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0

# The demo data stands still at this date; so does the services' clock in tests.
REFERENCE_TIME = "2026-11-24T12:00:00Z"


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def copied(data: Path, to: Path) -> Path:
    """Copy services' data, so that it can be changed."""
    to.mkdir(parents=True)
    for path in data.glob("*.sqlite"):
        shutil.copy(path, to)
    return to


class ServiceProcess:
    """`python -m services.<name>` over a data folder. It keeps its port when it is started again.

    Args:
        name: order, payment, recs or issuer.
        data: Folder with <name>.sqlite (for the issuer: with its key).
        options: More command line options; None stands for the clock of the demo data.
        token: What callers must send; None makes one up.
    """

    def __init__(self, name: str, data: Path, options: list[str] | None = None, token: str | None = None) -> None:
        self.name = name
        self.token = token or secrets.token_hex(16)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._data = data
        self._options = _default_options(name) if options is None else options
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._earlier = ""

    @property
    def headers(self) -> dict[str, str]:
        """What a caller sends."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def output(self) -> str:
        """What the process wrote to stdout and stderr so far."""
        if self._log is None:
            return self._earlier
        self._log.seek(0)
        return self._earlier + self._log.read().decode()

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start the process and wait until it answers /health.

        Raises:
            RuntimeError: It ended, or did not answer in time.
        """
        command = [sys.executable, "-m", f"services.{self.name}", "--data", str(self._data), "--port", str(self.port)]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process runs
        self._process = subprocess.Popen(
            [*command, *self._options],
            env=os.environ | {"SERVICE_TOKEN": self.token},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self.healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                message = f"{self.name} did not start: {self.output}"
                raise RuntimeError(message)
            time.sleep(0.02)
        return self

    def healthy(self) -> bool:
        """Whether it answers."""
        try:
            return plain.get(f"{self.url}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it with a signal and return its exit code; -9 when it had to be killed."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        try:
            return self._ended(self._process.wait(_STOP_SECONDS))
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it as a crash would."""
        if self._process is None:
            return 0
        self._process.kill()
        return self._ended(self._process.wait())

    def _ended(self, code: int) -> int:
        self._earlier = self.output
        if self._log is not None:
            self._log.close()
            self._log = None
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _default_options(name: str) -> list[str]:
    return [] if name == "issuer" else ["--now", REFERENCE_TIME]
