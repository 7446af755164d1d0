"""Where Redis is, by the URL that names it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
from redis.asyncio import Redis
from redis.asyncio import RedisCluster as Cluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from tests.support.replica import Replica
from tests.support.services import free_port
from tests.support.system import require, skip
from tests.support.things import Fact, Things


class Guarded(NamedTuple):
    """A Redis that speaks TLS alone, and with nobody without a certificate.

    Attributes:
        url: How to reach it; the certificate names another host than this.
        client: A client of it.
    """

    url: str
    client: redis.Redis


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=redis.example", "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    subprocess.run([require("openssl", "openssl"), *words], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guarded]:
    """It is a cluster of one node where the test's parameter is Cluster."""
    certificate, key = _certificate(tmp_path)
    port = free_port()
    options = {"port": 0, "tls-port": port, "tls-cert-file": certificate, "tls-key-file": key, "save": "",
               "tls-ca-cert-file": certificate, "dir": tmp_path, "bind": "127.0.0.1"}  # fmt: skip
    if request.param is Cluster:
        options |= {"cluster-enabled": "yes", "tls-cluster": "yes", "cluster-port": free_port()}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen([require("redis-server", "redis-server"), *words], stdout=subprocess.DEVNULL)
    url = (
        f"rediss://127.0.0.1:{port}?ssl_ca_certs={certificate}&ssl_certfile={certificate}&ssl_keyfile={key}"
        "&ssl_check_hostname=false"
    )
    client = redis.Redis.from_url(url)
    try:
        _wait(process, client, is_cluster=request.param is Cluster)
        yield Guarded(url, client)
    finally:
        client.close()
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", client: redis.Redis, *, is_cluster: bool) -> None:
    end = time.monotonic() + 10
    has_slots = not is_cluster
    while time.monotonic() < end:
        if process.poll() is not None:
            skip("this redis-server was built without TLS")
        with suppress(redis.RedisError):
            if not has_slots:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)  # type: ignore[no-untyped-call]
                has_slots = True
            client.set("ready", 1)
            client.delete("ready")
            return
        time.sleep(0.02)
    pytest.fail("redis-server did not start")


@pytest.mark.parametrize("guarded", [Redis, Cluster], indirect=True, ids=["one node", "cluster"])
async def test_a_redis_that_asks_for_a_certificate_is_used(guarded: Guarded, request: pytest.FixtureRequest) -> None:
    kind: type[Redis | Cluster] = request.node.callspec.params["guarded"]
    things = Things()
    async with kind.from_url(guarded.url, retry=Retry(NoBackoff(), 0)) as client, Replica(things, client) as one:
        for _ in range(2):
            assert await one.request().fact.load("a") == Fact(id="a", value=0)
            await one.filled()
        assert things.calls == [["a"]]
        assert guarded.client.keys("oc3:v:*") == [b"oc3:v:{a}:fact:a"]
        things.change("a")
        await one.invalidate("fact:a")
        assert await one.request().fact.load("a") == Fact(id="a", value=1)
        await one.filled()
