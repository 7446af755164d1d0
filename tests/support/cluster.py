"""A real Redis Cluster: three primaries, and one replica that can take the place of the first."""

import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import redis

from tests.support.services import free_port
from tests.support.system import require

SLOTS = 16384


class Node:
    """One redis-server of a cluster."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.client = redis.Redis(port=self.port, protocol=2)
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "cluster-enabled": "yes",
            "cluster-node-timeout": 500,
            "cluster-config-file": f"{self.port}.conf",
            "cluster-port": free_port(),
            "repl-diskless-sync-delay": 0,
            "dir": str(folder),
            "appendonly": "no",
            "save": "",
        }
        program = require("redis-server", "redis-server")
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
        self.bus = options["cluster-port"]

    def cluster(self, *words: object) -> Any:  # noqa: ANN401  any reply
        """Send a CLUSTER command."""
        return self.client.execute_command("CLUSTER", *words)  # type: ignore[no-untyped-call]

    def end(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()
        self.client.close()


class RedisCluster:
    """Starts and ends the four processes."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.nodes = [Node(Path(self._folder.name)) for _ in range(4)]

    @property
    def url(self) -> str:
        """Where a client may start: a node that stays."""
        return f"redis://127.0.0.1:{self.nodes[2].port}"

    def __enter__(self) -> Self:
        for node in self.nodes:
            _until(node.client.ping)
        first, *others = self.nodes
        for number, node in enumerate(self.nodes[:3]):
            start, end = SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1
            node.cluster("ADDSLOTSRANGE", start, end)
            node.cluster("SET-CONFIG-EPOCH", number + 1)
        for node in others:
            node.cluster("MEET", "127.0.0.1", first.port, first.bus)
        name = first.cluster("MYID").decode()
        _until(lambda: name in str(self.nodes[3].cluster("NODES")))
        _until(lambda: self.nodes[3].cluster("REPLICATE", name))
        for node in self.nodes:
            _until(lambda node=node: b"cluster_state:ok" in _info(node))
        _until(lambda: self.nodes[3].client.info("replication")["master_link_status"] == "up")
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.end()
        self._folder.cleanup()

    def fail_over(self) -> None:
        """Kill the first primary and wait until its replica has its slots."""
        self.nodes[0].end()
        _until(lambda: self.nodes[3].client.info("replication")["role"] == "master")
        _until(lambda: b"cluster_state:ok" in _info(self.nodes[1]))

    def freeze(self) -> None:
        """Stop all of it: who asks is not answered."""
        for node in self.nodes:
            node.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        for node in self.nodes:
            node.process.send_signal(signal.SIGCONT)

    def kept(self) -> list[str]:
        """The keys of cached values."""
        nodes = [node for node in self.nodes if node.process.poll() is None]
        keys = {key for node in nodes for key in node.client.scan_iter("oc3:v:*") if isinstance(key, bytes)}
        return sorted(key.decode() for key in keys)


def _info(node: Node) -> bytes:
    answer = node.cluster("INFO")
    return answer if isinstance(answer, bytes) else str(answer).replace("'", "").replace(": ", ":").encode()


def _until(holds: Any) -> None:  # noqa: ANN401  any predicate
    end = time.monotonic() + 20
    while True:
        try:
            if holds():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < end, "the cluster is not ready"
        time.sleep(0.02)
