"""Puts telemetry together, and loads its packages only where they are wanted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.admission.crowd import Crowd
from gateway.parts import Parts
from gateway.settings import Settings
from gateway.telemetry.requests import Telemetry
from gateway.telemetry.tallies import Tallies
from schema import Schema

ROUTE = "/graphql"


def telemetry_of(settings: Settings) -> Telemetry | None:
    """Return what watches requests; None where neither metrics nor traces are on."""
    if settings.traces_url is not None:
        from gateway.telemetry.spans import RecordedSpans  # noqa: PLC0415  it takes long to load, and most do without

        return Telemetry(ROUTE, Tallies(), RecordedSpans(settings))
    return Telemetry(ROUTE, Tallies(), None) if settings.metrics_port else None


@asynccontextmanager
async def exposed(settings: Settings, parts: Parts, schema: Schema, crowd: Crowd) -> AsyncIterator[None]:
    """Serve the metrics while the block runs; in the end, send the spans that are left."""
    telemetry = parts.telemetry
    async with AsyncExitStack() as stack:
        if telemetry is not None and telemetry.spans is not None:
            stack.push_async_callback(asyncio.to_thread, telemetry.spans.close)
        if telemetry is not None and settings.metrics_port:
            from gateway.telemetry.metrics import Metrics  # noqa: PLC0415  as above
            from gateway.telemetry.scrape import Scrape  # noqa: PLC0415  as above

            registry = Metrics(telemetry.route, telemetry.tallies, parts, schema, crowd).registry()
            scrape = Scrape(registry, settings.metrics_host, settings.metrics_port)
            await scrape.start()
            stack.push_async_callback(scrape.close)
        yield
