"""``python -m benchmarks.soak --minutes 30``: mixed load, and what it leaves behind.

Everything as ``order-center dev`` starts it, in a folder of its own: a gateway, three services, Redis, an issuer.
People read, change, send new and bad documents and no requests at all, leave in the middle, and services tell of
changes. Memory, descriptors, tasks, plans and places in limits are read from the gateway's metrics before and after,
when nobody asks.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
from redis.asyncio import Redis

from benchmarks.places import BIN, ROOT, BenchmarkError, free_port
from benchmarks.rig.backends import Stores
from benchmarks.rig.processes import Processes
from benchmarks.soak.traffic import Traffic, people
from benchmarks.table import number, table

WORKERS = 8
START_SECONDS = 120.0
# So long the gateway fills what it fills once: caches, plans, pools of Python's own memory.
WARM_UP_SHARE = 0.2
# Longer than idle connections to services are kept.
IDLE_SECONDS = 25.0
REPORT_SECONDS = 60.0
# What Python does not give back at once.
GROWTH = 0.15

READ = {
    "process_resident_memory_bytes": "resident memory, bytes",
    "process_open_fds": "descriptors",
    "order_center_tasks": "tasks",
    "http_server_active_requests": "operations under way",
    "http_client_active_requests": "places taken in services' limits",
    "order_center_service_queue": "calls waiting for a place",
    "http_client_open_connections": "connections to services",
    "order_center_cache_memory_bytes": "cache in memory, bytes",
    "order_center_engine_plan_bytes": "plans, bytes",
    "order_center_engine_document_bytes": "documents, bytes",
}
# What must be as it was.
SAME = (
    "order_center_tasks",
    "http_server_active_requests",
    "http_client_active_requests",
    "order_center_service_queue",
)
# What may be one or two more: connections to Redis come and go.
NEARLY = ("process_open_fds", "http_client_open_connections")
MEMORY = "process_resident_memory_bytes"
# What may be fuller than before, up to a bound.
KEPT = ("order_center_cache_memory_bytes", "order_center_engine_plan_bytes", "order_center_engine_document_bytes")

Reading = Mapping[str, float]


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="How long, without the warm-up before.")
def main(minutes: float) -> None:
    """Put everything under mixed load; exits with 1 where something is not back where it was."""
    with Processes() as processes, tempfile.TemporaryDirectory(prefix="order-center-soak-") as folder:
        redis = Stores(processes).url(0)
        with _development(Path(folder), redis) as (url, metrics):
            sys.exit(not asyncio.run(_run(url, metrics, redis, Path(folder), minutes * 60)))


async def _run(url: str, metrics: str, redis: str, folder: Path, seconds: float) -> bool:
    await _load(url, metrics, redis, folder, seconds * WARM_UP_SHARE)
    await asyncio.sleep(IDLE_SECONDS)
    before = await _read(metrics)
    done = await _load(url, metrics, redis, folder, seconds)
    await asyncio.sleep(IDLE_SECONDS)
    after = await _read(metrics)
    click.echo(f"{sum(done.done.values()):,} things in {seconds / 60:.0f} minutes:")
    for kind, count in sorted(done.done.items()):
        click.echo(f"  {count:8,} {kind}")
    click.echo("\n" + table(("", "before", "after"), [(READ[n], number(before[n]), number(after[n])) for n in READ]))
    wrong = not_back(before, after)
    click.echo(f"\nnot back where they were: {', '.join(wrong)}" if wrong else "\nEverything is back where it was.")
    return not wrong


async def _load(url: str, metrics: str, redis_url: str, folder: Path, seconds: float) -> Traffic:
    redis = Redis.from_url(redis_url)
    issuer = (folder / "issuer-url").read_text()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        traffic = Traffic(url, http, redis, await people(url, issuer, http))
        end = time.monotonic() + seconds

        async def work() -> None:
            while time.monotonic() < end:
                await traffic.one()

        async def report() -> None:
            while time.monotonic() + REPORT_SECONDS < end:
                await asyncio.sleep(REPORT_SECONDS)
                now = await _read(metrics)
                memory = now[MEMORY] / 1e6
                click.echo(
                    f"{(end - time.monotonic()) / 60:5.1f} minutes left: {memory:.0f} MB, "
                    f"{now['process_open_fds']:.0f} descriptors, {now['order_center_tasks']:.0f} tasks",
                    err=True,
                )

        await asyncio.gather(report(), *(work() for _ in range(WORKERS)))
    await redis.aclose()
    return traffic


async def _read(metrics: str) -> Reading:
    async with httpx.AsyncClient(trust_env=False) as http:
        text = (await http.get(metrics)).raise_for_status().text
    return {name: sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))) for name in READ}


def not_back(before: Reading, after: Reading) -> list[str]:
    """Return the names of what is more than it was, beyond what caches with bounds of their own may have added."""
    wrong = [name for name in SAME if after[name] > before[name]]
    wrong += [name for name in NEARLY if after[name] > before[name] + 2]
    grown = sum(max(0.0, after[name] - before[name]) for name in KEPT)
    if after[MEMORY] - grown > before[MEMORY] * (1 + GROWTH):
        wrong.append(MEMORY)
    return wrong


@contextmanager
def _development(folder: Path, redis: str) -> Iterator[tuple[str, str]]:
    """Start everything, and yield the URLs of the gateway and of its metrics."""
    seed = ROOT / ".data" / "seed"
    if seed.is_dir():
        (folder / "seed").symlink_to(seed)
    port, metrics_port = free_port(), free_port()
    environment = os.environ | {
        "REDIS_URL": redis,
        "ORDER_CENTER_METRICS_PORT": str(metrics_port),
        "ORDER_CENTER_RATE_PER_PERSON": "0",
        "ORDER_CENTER_LOG_LEVEL": "error",
        "ORDER_CENTER_PRODUCTION": "true",
        "ORDER_CENTER_GRAPHIQL": "false",
    }
    command = [str(BIN / "order-center"), "dev", "--port", str(port), "--data", str(folder)]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  our own command
        try:
            end = time.monotonic() + START_SECONDS
            while "Ctrl-C stops everything" not in (folder / "output").read_text():
                if process.poll() is not None or time.monotonic() > end:
                    raise BenchmarkError(f"it did not start: {(folder / 'output').read_text()[-500:]}")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics"
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
