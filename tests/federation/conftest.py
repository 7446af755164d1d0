import json
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from tests.federation.routed import Graph
from tests.federation.router import SECRET
from tests.support.center import OrderCenter, running, settings
from tests.support.gateway import GatewayProcess
from tests.support.live import SECRET as EVENTS
from tests.support.services import ServiceProcess
from tests.support.system import node_with_packages

GRAPH = Path(__file__).parent / "graph"
SUBGRAPH = Path(__file__).parents[2] / "subgraph.graphql"


@pytest.fixture
async def subgraph(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AsyncIterator[OrderCenter]:
    """A gateway without a cache that knows a router and takes 20 representations."""
    given = settings(services, issuer, router_secret=SECRET, max_representations=20)
    async with running(given, issuer) as one:
        yield one


@pytest.fixture(scope="session")
def graph(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> Iterator[Graph]:
    """A gateway, two subgraphs of other teams, and two routers in front of them all."""
    node = node_with_packages(GRAPH)
    with GatewayProcess(services, issuer, ROUTER_SECRET=SECRET, EVENTS_SECRET=EVENTS) as gateway:
        command = [node, "serve.mjs", f"{gateway.url}/graphql", str(SUBGRAPH), SECRET]
        with subprocess.Popen(command, cwd=GRAPH, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the graph did not start; its own words are above"
            yield Graph(**json.loads(line), issuer=issuer, gateway=gateway.url)
            process.kill()
