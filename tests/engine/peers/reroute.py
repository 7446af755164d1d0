"""A pytest plugin for other projects' suites: what they execute without naming an executor, the engine executes.

It is loaded by itself (``-p reroute``), because those suites are packages called ``tests`` too.
"""

import gc
import json
import signal
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from graphql.execution import Executor

from engine.executor import CompiledExecutor

# The functions execute, execute_sync, subscribe, graphql and graphql_sync all end here when no class is named.
_DEFAULTS = ("IncrementalExecutor", "ExecutorThrowingOnIncremental")
# No test of these suites needs two.
_SECONDS = 20


class _Outcomes:
    """Counts what is executed and writes down how each test ended."""

    def __init__(self, path: Path) -> None:
        self.executed = 0
        self._path = path
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the call's outcome, or an earlier or later phase's where that is not a success."""
        if report.when == "call" or not report.passed:
            self._outcomes[report.nodeid] = report.outcome

    def pytest_collection_finish(self) -> None:
        """Leave what is there from the start out of each collection of garbage, of which these tests make hundreds."""
        gc.collect()
        gc.freeze()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        """Fail a test that does not end."""
        signal.alarm(_SECONDS)
        try:
            return (yield)
        finally:
            signal.alarm(0)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        self._path.write_text(json.dumps({"executed": self.executed, "outcomes": self._outcomes}))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add this plugin's options."""
    parser.addoption("--outcomes", type=Path, required=True, help="Where to write how each test ended, as JSON.")
    parser.addoption("--baseline", action="store_true", help="Leave graphql-core's own executors in their place.")


def pytest_configure(config: pytest.Config) -> None:
    """Put the engine in its place before a test is imported."""
    outcomes = _Outcomes(config.getoption("--outcomes"))
    config.pluginmanager.register(outcomes)
    signal.signal(signal.SIGALRM, _stop)
    module = import_module("graphql.execution.execute")
    for name in _DEFAULTS:
        base = getattr(module, name) if config.getoption("--baseline") else CompiledExecutor
        setattr(module, name, _counted(base, outcomes))


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature is a signal handler's
    raise TimeoutError(f"not done after {_SECONDS} s")


def _counted(base: Any, outcomes: _Outcomes) -> type[Executor[Any]]:  # noqa: ANN401  one of graphql-core's classes or ours
    class Counted(base):  # type: ignore[misc]  # which one is chosen on the command line
        @classmethod
        def build(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  graphql-core's signature
            outcomes.executed += 1
            return super().build(*args, **kwargs)

    return Counted
