"""`order-center serve` as a real process over the services of the tests."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support import plain
from tests.support.logged import LOGGED
from tests.support.services import ServiceProcess, free_port

START_SECONDS = 30.0
STOP_SECONDS = 20.0


class GatewayProcess:
    """The command on a free port.

    Args:
        services: What it asks.
        issuer: Who signs its tokens.
        changes: More settings, by their names without the prefix.

    Attributes:
        environment: Its variables; what is added before it starts counts.
    """

    def __init__(self, services: Mapping[str, ServiceProcess], issuer: ServiceProcess, **changes: object) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings: dict[str, object] = {
            "JWT_JWKS_URL": f"{issuer.url}/.well-known/jwks.json",
            "JWT_ISSUER": "http://127.0.0.1/order-center-dev",
            "JWT_AUDIENCE": "order-center",
            "CURSOR_SECRET": "only-for-tests-only-for-tests-only",
        }
        for name, service in services.items():
            settings |= {f"{name.upper()}_SERVICE_URL": service.url, f"{name.upper()}_SERVICE_TOKEN": service.token}
        settings |= changes
        self.environment = os.environ | {f"ORDER_CENTER_{name}": str(value) for name, value in settings.items()}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  read as long as the object lives
        self._process: subprocess.Popen[bytes] | None = None
        self._arguments: list[str] = []

    @property
    def output(self) -> str:
        """What it printed so far."""
        self._log.seek(0)
        return self._log.read().decode()

    def with_workers(self, workers: int) -> Self:
        """Let it have so many."""
        self._arguments = ["--workers", str(workers)]
        return self

    def workers(self) -> list[int]:
        """The ids of its workers that run."""
        assert self._process is not None
        pid = self._process.pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        # Beside them is what multiprocessing keeps its books with.
        return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]

    def start(self) -> Self:
        """Start it and wait until it serves."""
        command = [sys.executable, "-m", "gateway", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        command += self._arguments
        self._process = subprocess.Popen(command, env=self.environment, stdout=self._log, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_SECONDS
        while not self._lives():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.05)
        return self

    def terminate(self) -> None:
        """Tell it to end, without waiting."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        self._process.kill()

    def wait(self) -> int:
        """Return its exit code once it ends."""
        assert self._process is not None
        return self._process.wait(STOP_SECONDS)

    def _lives(self) -> bool:
        try:
            return plain.get(f"{self.url}/health/live", timeout=2).is_success
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        LOGGED.add(self.output.splitlines())
        self._log.close()
