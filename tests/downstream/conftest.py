"""Tests of what is on the wire run on both event loops: asyncio's own and the one that production uses."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

ON_BOTH = ("test_cancellation", "test_faults", "test_transport")


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Name the loops that a test is run on."""
    asyncios = {"asyncio": asyncio.new_event_loop}
    return asyncios | {"uvloop": uvloop.new_event_loop} if item.path.stem in ON_BOTH else asyncios
