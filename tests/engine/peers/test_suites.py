"""Other projects' tests of execution, which the engine has to pass as graphql-core does."""

from pathlib import Path

import pytest

from tests.engine.peers.suites import PATHS, FetchError, Outcomes, Source, ids, not_applicable, run, table, written

pytestmark = pytest.mark.long

CORE = Source("graphql-core")


def _fetched(name: str) -> Path:
    try:
        return Source(name).fetch()
    except FetchError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    # Some of those that cannot apply wait for ever; `make peers` runs them all and says when one passes after all.
    return run(_fetched("graphql-core"), PATHS, leave_out=ids(not_applicable()))


def test_all_that_can_apply_pass(outcomes: Outcomes) -> None:
    assert outcomes.ended("failed") == set()


def test_none_is_left_out(outcomes: Outcomes) -> None:
    assert outcomes.ended("skipped") == set()
    assert len(outcomes.ended("passed")) > 800


def test_it_is_the_engine_that_they_test(outcomes: Outcomes) -> None:
    assert outcomes.executed > 600


def test_the_documented_table_is_the_outcome(outcomes: Outcomes) -> None:
    assert written() == table(CORE, outcomes, not_applicable())


def test_strawberrys_source_distribution_holds_no_tests_to_run() -> None:
    assert not list(_fetched("strawberry-graphql").rglob("test_*.py"))
