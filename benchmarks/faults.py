"""What becomes of whole answers of the gateway, without a cache, while a service is slow, late or gone.

    python -m benchmarks.faults sick    a service is slow or gone
    python -m benchmarks.faults late    one in a hundred answers of a service is 500 ms late

The gateway has one core to itself; services and load have the other.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import click
import httpx
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.askers import drive, in_words, new_transport
from benchmarks.modes import Mode
from benchmarks.places import OTHER_CORE, QUERIES, free_port
from benchmarks.queries import customers, read_queries
from benchmarks.rig import Rig, rigged
from benchmarks.servers import OURS, Server, find_servers

ASKERS = 16
SECONDS = 10.0
WARM_UP = 200
HEALTHY = Mode("healthy", "all services answer at once")
SICK = (
    HEALTHY,
    Mode("payment 503", "the payment service answers 503", down=("payment",)),
    Mode("recs 5 s", "the recs service takes 5 s", delays={"recs": 5000}),
    Mode("order 5 s", "the order service takes 5 s", delays={"order": 5000}),
)
LATE = (
    HEALTHY,
    *(
        Mode(f"{name} late", f"one in a hundred answers of the {name} service is 500 ms late", late={name: 500})
        for name in ("order", "payment", "recs")
    ),
)


@click.group()
def main() -> None:
    """Measure what sick services do to answers."""


@main.command()
def sick() -> None:
    """Print the gateway's answers per second and waits, service by service."""
    _measure(_sick)


@main.command()
def late() -> None:
    """Print the gateway's waits with and without second requests, service by service."""
    _measure(_late)


def _measure(run: Callable[[Rig, Server], object]) -> None:
    os.sched_setaffinity(0, {OTHER_CORE})
    (server,) = find_servers(OURS)
    with rigged() as rig:
        run(rig, server)


def _sick(rig: Rig, server: Server) -> None:
    for mode in SICK:
        rig.standin.behave(mode)
        _print_answers(rig, server, mode.words)
    rig.standin.behave(HEALTHY)
    gone = f"http://127.0.0.1:{free_port()}"
    _print_answers(rig, _with(server, PAYMENT_SERVICE_URL=gone), "nothing listens where the payment service was")


def _late(rig: Rig, server: Server) -> None:
    for mode in LATE:
        rig.standin.behave(mode)
        _print_answers(rig, _with(server, DOWNSTREAM_HEDGE_QUANTILE="1"), f"{mode.words}, without second requests")
        _print_answers(rig, server, f"{mode.words}, with second requests")


def _print_answers(rig: Rig, server: Server, words: str) -> None:
    port = free_port()
    running = rig.start(_with(server, METRICS_PORT=str(port), METRICS_HOST="127.0.0.1"), "faults", None)
    click.echo(f"{words}: {uvloop.run(_answers(rig, running.url, port))}")
    rig.stop(running)


async def _answers(rig: Rig, url: str, metrics_port: int) -> str:
    query = next(one for one in read_queries(QUERIES) if one.name == "center")
    requests = rig.requests(query, customers(50), with_tokens=True)
    transport = new_transport(url)
    waits: list[float] = []
    number = 0

    async def ask() -> None:
        nonlocal number
        number += 1
        one = requests[number % len(requests)]
        # The event loop's own clock counts whole milliseconds.
        began = time.perf_counter()
        request = httpx.Request("POST", url + "/graphql", headers=one.headers, content=one.body)
        response = await transport.handle_async_request(request)
        await response.aread()
        waits.append(time.perf_counter() - began)

    await drive(ask, ASKERS, count=WARM_UP)
    waits.clear()
    before = _counts(metrics_port)
    await drive(ask, ASKERS, until=asyncio.get_running_loop().time() + SECONDS)
    counted = _counts(metrics_port) - before
    await transport.aclose()
    more = counted["order_center_service_hedges_total"] / counted["order_center_service_calls_total"]
    return f"{len(waits) / SECONDS:.0f} answers/s, {in_words(waits)}, {more:.1%} of the calls made twice"


def _counts(metrics_port: int) -> Counter[str]:
    """Read the gateway's own counters, of all services together."""
    counts: Counter[str] = Counter()
    text = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", trust_env=False).raise_for_status().text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            counts[sample.name] += int(sample.value) if sample.name.startswith("order_center_service_") else 0
    return counts


def _with(server: Server, **more: str) -> Server:
    named = {f"ORDER_CENTER_{name}": value for name, value in more.items()}
    return replace(server, environment=lambda wiring: server.environment(wiring) | named)


if __name__ == "__main__":
    main()
