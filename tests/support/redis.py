"""A real Redis server for tests."""

import signal
import subprocess
import time
from typing import Self

import redis

from tests.support.services import free_port
from tests.support.system import require


class RedisProcess:
    """A redis-server that saves nothing by itself. It keeps its port when it is started again.

    Args:
        options: More of its options, as on its command line.
    """

    def __init__(self, *options: str) -> None:
        self._options = options
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.client = redis.Redis(port=self.port)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self.spawn()
        end = time.monotonic() + 10
        while True:
            try:
                self.client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < end, "redis-server did not start"
                time.sleep(0.02)
            else:
                return self

    def spawn(self) -> None:
        """Start it."""
        program = require("redis-server", "redis-server")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([program, *options, *self._options], stdout=subprocess.DEVNULL)

    def keys(self) -> list[str]:
        """All keys."""
        return [key.decode() for key in self.client.scan_iter() if isinstance(key, bytes)]

    def kept(self) -> list[str]:
        """The keys of cached values."""
        return [key for key in self.keys() if key.startswith("oc3:v:")]

    def value(self, key: str) -> bytes:
        """The value of a key that is there."""
        value = self.client.get(key)
        assert isinstance(value, bytes)
        return value

    def command(self, *words: str) -> object:
        """Send any command."""
        answer: object = self.client.execute_command(*words)  # type: ignore[no-untyped-call]
        return answer

    def resume(self) -> None:
        """Let it go on after SIGSTOP."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
