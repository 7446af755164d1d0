"""How this gateway is started to be measured, and in which modes."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.modes import find_modes
from benchmarks.places import BenchmarkError
from benchmarks.queries import our_query, read_queries
from benchmarks.servers import OURS, SERVERS, Wiring, find_servers
from gateway.settings import Settings


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    key = tmp_path / "key.pem"
    key.touch()
    return Wiring(8000, "http://127.0.0.1:9100", "redis://127.0.0.1:6379/1", tmp_path, key, in_memory=True)


def test_the_gateway_takes_the_settings_that_it_is_measured_with(wiring: Wiring) -> None:
    settings = Settings.from_environment(SERVERS[OURS].environment(wiring))
    assert settings.recs_service_url == "http://127.0.0.1:9100/recs"
    assert settings.redis_url == "redis://127.0.0.1:6379/1"
    assert settings.max_page_size == 1000


def test_without_a_cache_it_is_given_none(wiring: Wiring) -> None:
    given = SERVERS[OURS].environment(replace(wiring, redis=None, in_memory=False))
    assert "ORDER_CENTER_REDIS_URL" not in given
    assert given.get("ORDER_CENTER_MEMORY_BYTES", "0") == "0"


def test_ours_comes_first_and_the_ceiling_last_in_whatever_order_they_are_named() -> None:
    assert [server.name for server in find_servers("ceiling,apollo,order-center")] == [
        "order-center",
        "apollo",
        "ceiling",
    ]


def test_names_that_are_none_are_refused_with_those_that_are() -> None:
    with pytest.raises(BenchmarkError, match="no server is called hive; there are order-center, strawberry"):
        find_servers("hive,apollo")
    with pytest.raises(BenchmarkError, match="no mode is called cold; there are no-cache, warm-redis, cold-cache"):
        find_modes("cold")
    with pytest.raises(BenchmarkError, match="no query is called huge"):
        our_query("huge")


def test_a_folder_of_queries_brings_its_variables(tmp_path: Path) -> None:
    (tmp_path / "own.graphql").write_text("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }")
    (tmp_path / "own.json").write_text('{"ids": ["$customer", "prd_00001"]}')
    (query,) = read_queries(tmp_path)
    assert query.variables_of("cus_0007") == {"ids": ["cus_0007", "prd_00001"]}
    (tmp_path / "own.json").write_text("[1]")
    with pytest.raises(BenchmarkError, match=r"own\.json does not hold variables"):
        read_queries(tmp_path)
