"""Gateways as processes of their own: replicas, and gateways that are killed."""

import os
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

import httpx
import msgspec

from gateway.settings import PREFIX, Settings
from tests.support.services import free_port

START_SECONDS = 30.0


class GatewayProcess:
    """`order-center serve` with these settings."""

    def __init__(self, settings: Settings) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        given = {
            name: value for name, value in msgspec.structs.asdict(settings).items() if value not in (None, frozenset())
        }
        self._environment = {PREFIX + name.upper(): str(value) for name, value in given.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it serves."""
        command = [
            sys.executable,
            "-m",
            "gateway",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            self.url.rsplit(":", 1)[1],
        ]
        self._process = subprocess.Popen(command, env=os.environ | self._environment)
        end = time.monotonic() + START_SECONDS
        while not self._serves():
            assert self._process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def _serves(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
