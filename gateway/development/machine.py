"""``order-center dev``: everything on one machine, ready to be looked at."""

import asyncio
import json
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from gateway.development.folder import ISSUER_URL_FILE
from gateway.development.processes import ChildError, Process, free_port, is_free, module, redis_server
from gateway.graphiql import is_built
from gateway.settings import PREFIX

ISSUER = "http://127.0.0.1/order-center-dev"
AUDIENCE = "order-center"
SERVICES = ("order", "payment", "recs")
START_SECONDS = 30.0
# docs/federation.md tells it: a router on this machine is to find the gateway without being set up.
ROUTER_SECRET = "the-router-secret-of-every-development-machine"  # noqa: S105  it protects nothing
# Which OpenTelemetry's exporters use for Prometheus.
METRICS_PORT = 9464

EVERYTHING = """
{ viewer { displayName orderCenter { toPay toShip toReceive toReview returns }
  orders(first: 20) { nodes { number status financialStatus placedAt total { amount currencyCode } shop { name }
    lineItems { title quantity product { title price { amount currencyCode } } }
    shipments { carrier trackingNumber status events { status happenedAt place } }
    payments { kind status amount { amount currencyCode } method brand last4 }
    refunds { amount { amount currencyCode } } } }
  tags(first: 5) { nodes { priceDropped product { title } } }
  suggestions(first: 5) { nodes { reason product { title } } } } }
"""


class DevelopmentError(Exception):
    """Something that the whole cannot run without."""


class Development:
    """All processes of a development machine.

    Args:
        host: Where the gateway listens.
        port: On which port.
        data: Folder for the seed, the shop that is made from it, the issuer's key and the logs.
        live: Let the first demo person's orders travel.
        fresh: Begin with a shop as it was made, and forget what people did there.
        environment: Settings given by the person; a service whose URL is among them is not started.
        report: Takes one line for the person.
    """

    def __init__(
        self,
        host: str,
        port: int,
        data: Path,
        *,
        live: bool,
        fresh: bool,
        environment: Mapping[str, str],
        report: Callable[[str], None],
    ) -> None:
        self._host = host
        self._port = port
        self._data = data
        self._live = live
        self._fresh = fresh
        self._environment = environment
        self._report = report
        self._processes: list[Process] = []

    async def run(self) -> None:
        """Run until Ctrl-C or SIGTERM; raises ``DevelopmentError`` when something cannot start, or ends by itself."""
        began = time.monotonic()
        if not is_free(self._host, self._port):
            raise DevelopmentError(f"port {self._port} is in use: stop what listens there, or choose another: --port N")
        self._seed()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._stop)
            try:
                people = await self._start(stop)
                if people is not None:
                    self._welcome(people, time.monotonic() - began)
                    await self._until(stop)
            except ChildError as error:
                logs = self._data / "logs"
                raise DevelopmentError(f"{error}; its log is in {logs}") from None
        self._report("\nStopped.")

    def _seed(self) -> None:
        options: list[str | Path] = ["--data", self._data / "seed", "--copy", self._data / "shop"]
        options += ["--fresh"] if self._fresh else []
        made = subprocess.run(module("services.seed", *options), check=False)  # noqa: S603  our own module
        if made.returncode:
            raise DevelopmentError("the demo data could not be made")

    async def _start(self, stop: asyncio.Event) -> Sequence[Mapping[str, str]] | None:
        """Start all processes together and return the demo people; None when told to stop meanwhile."""
        metrics_port = METRICS_PORT if is_free("127.0.0.1", METRICS_PORT) else free_port()
        settings = {
            "metrics_host": "127.0.0.1",
            "metrics_port": str(metrics_port),
            "cursor_secret": secrets.token_hex(),
            "jwt_issuer": ISSUER,
            "jwt_audience": AUDIENCE,
            "router_secret": ROUTER_SECRET,
            "production": "false",
            "graphiql": "true",
        }
        await self._start_redis(settings)
        for name in SERVICES:
            await self._start_service(name, settings)
        if self._live:
            await self._child("simulator", module("services.simulator", "--data", self._data / "shop"))
            self._report("life     orders of the first demo person travel, a step every 3 s; see logs/simulator.log")
        issuer_url = await self._start_issuer(settings)
        await self._start_gateway(settings)
        async with httpx.AsyncClient(trust_env=False) as http:
            healthy = asyncio.ensure_future(self._healthy(http))
            if not await self._first(healthy, stop):
                return None
            people: Sequence[Mapping[str, str]] = (await http.get(f"{issuer_url}/people")).json()
            return people

    async def _healthy(self, http: httpx.AsyncClient) -> None:
        await asyncio.gather(*(process.healthy(http) for process in self._processes))

    async def _first(self, healthy: asyncio.Future[None], stop: asyncio.Event) -> bool:
        stopped = asyncio.ensure_future(stop.wait())
        either: set[asyncio.Future[Any]] = {healthy, stopped}
        await asyncio.wait(either, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if healthy.done():
            healthy.result()
            return True
        healthy.cancel()
        await asyncio.wait({healthy})
        if not stop.is_set():
            raise DevelopmentError(f"not everything was up within {START_SECONDS:.0f} s; see {self._data / 'logs'}")
        return False

    async def _start_service(self, name: str, settings: dict[str, str]) -> None:
        given = self._environment.get(f"{PREFIX}{name.upper()}_SERVICE_URL")
        if given:
            self._report(f"{name:8} yours, at {given}")
            return
        url, token = f"http://127.0.0.1:{(port := free_port())}", secrets.token_hex()
        command = module(f"services.{name}", "--data", self._data / "shop", "--port", str(port))
        command += ["--events", settings["redis_url"]] if "redis_url" in settings else []
        await self._child(name, command, environment={"SERVICE_TOKEN": token}, health_url=f"{url}/health")
        settings |= {f"{name}_service_url": url, f"{name}_service_token": token}
        self._report(f"{name:8} {url}")

    async def _start_redis(self, settings: dict[str, str]) -> None:
        given = self._environment.get(f"{PREFIX}REDIS_URL") or self._environment.get("REDIS_URL")
        if given:
            settings["redis_url"] = given
            self._report("redis    yours, at REDIS_URL")
        elif server := redis_server():
            port = free_port()
            options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
            await self._child("redis", [server.path, *options])
            settings["redis_url"] = f"redis://127.0.0.1:{port}"
            self._report(f"redis    {settings['redis_url']} ({server.origin})")
        else:
            self._report("redis    none: there is no redis-server on PATH or beside Python, so nothing is cached")

    async def _start_issuer(self, settings: dict[str, str]) -> str:
        url = f"http://127.0.0.1:{(port := free_port())}"
        options: list[str | Path] = [
            "--data",
            self._data,
            "--port",
            str(port),
            "--issuer",
            ISSUER,
            "--audience",
            AUDIENCE,
        ]
        jwks_url = f"{url}/.well-known/jwks.json"
        await self._child("issuer", module("services.issuer", *options), health_url=jwks_url)
        settings |= {"jwt_jwks_url": jwks_url, "demo_issuer_url": url}
        (self._data / ISSUER_URL_FILE).write_text(url)
        self._report(f"issuer   {url} (signs a token for anybody: for development only)")
        return url

    async def _start_gateway(self, settings: Mapping[str, str]) -> None:
        own = {PREFIX + name.upper(): value for name, value in settings.items()}
        url = f"http://{self._host}:{self._port}"
        command = module("gateway", "serve", "--host", self._host, "--port", str(self._port))
        metrics_port = (own | dict(self._environment))[f"{PREFIX}METRICS_PORT"]
        self._report(f"metrics  http://127.0.0.1:{metrics_port}/metrics, for Prometheus (docs/telemetry.md)")
        # What the person set goes first; the gateway's own warnings stay on the terminal.
        await self._child(
            "gateway", command, environment=own | dict(self._environment), health_url=f"{url}/health/live"
        )

    async def _child(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        health_url: str | None = None,
    ) -> None:
        log = None if name == "gateway" else self._data / "logs" / f"{name}.log"
        process = await Process.start(name, command, environment=environment, health_url=health_url, log=log)
        self._processes.append(process)

    async def _until(self, stop: asyncio.Event) -> None:
        """Return when told to stop; raises ``ChildError`` when a child ends before."""
        waiting: set[asyncio.Future[Any]] = {asyncio.ensure_future(process.ended()) for process in self._processes}
        waiting.add(asyncio.ensure_future(stop.wait()))
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for future in pending:
            future.cancel()
        for future in done:
            future.result()

    async def _stop(self) -> None:
        """Stop the gateway first, so that it asks nobody who is gone."""
        for process in reversed(self._processes):
            await process.stop()
        (self._data / ISSUER_URL_FILE).unlink(missing_ok=True)

    def _welcome(self, people: Sequence[Mapping[str, str]], seconds: float) -> None:
        url = f"http://{self._host}:{self._port}"
        page = "" if is_built() else " (not built, npm was missing: the page needs a CDN)"
        self._report(f"gateway  {url}/graphql\n\nUp after {seconds:.1f} s. GraphiQL: {url}/graphql{page}\n")
        for person in people:
            self._report(f"{person['name']} - {person['summary']}\n  {person['token']}")
        body = json.dumps({"query": " ".join(EVERYTHING.split())})
        self._report(
            f"\nAll about {people[0]['name']}, to paste:\n\ncurl -s {url}/graphql -H 'Content-Type: application/json' "
            f"-H 'Authorization: Bearer {people[0]['token']}' -d '{body}'\n\nCtrl-C stops everything."
        )
