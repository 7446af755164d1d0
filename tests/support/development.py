"""`order-center dev` as a person starts it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.services import free_port

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class DevelopmentProcess:
    """The command on a free port, with what it printed.

    Args:
        seed: Demo data to use; everything else is kept in a folder of its own.
        environment: Variables to add.
        port: Where the gateway listens.
        options: More options of the command.
    """

    def __init__(
        self,
        seed: Path,
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory()
        self.data = Path(self._folder.name)
        (self.data / "seed").symlink_to(seed.resolve())
        where = ["--port", str(self.port), "--data", str(self.data)]
        self._command = [sys.executable, "-m", "gateway", "dev", *where, *options]
        self._environment = os.environ | dict(environment or {})
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  read as long as the object lives
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        """What it printed so far."""
        self._output.seek(0)
        return self._output.read().decode()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start it and wait until it says how to stop it."""
        self.launch()
        end = time.monotonic() + START_SECONDS
        while "Ctrl-C stops everything" not in self.output:
            assert self._process is not None
            assert self._process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.05)
        return self

    def launch(self) -> None:
        """Start it without waiting."""
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=self._output, stderr=subprocess.STDOUT
        )

    def wait(self) -> int:
        """Return its exit code once it ends."""
        assert self._process is not None
        return self._process.wait(STOP_SECONDS)

    def interrupt(self) -> int:
        """Do as Ctrl-C does and return the exit code."""
        os.kill(self.pid, signal.SIGINT)
        return self.wait()

    def children(self) -> dict[int, str]:
        """Command lines of the processes that it started, by their ids."""
        listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.pid)], capture_output=True, check=False)
        lines = (line.strip().split(" ", 1) for line in listed.stdout.decode().splitlines())
        return {int(pid): command for pid, command in lines}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop it, if it still runs, and leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            self.interrupt()
        self._output.close()
        self._folder.cleanup()
