"""A skipped test proves nothing: it is said loudly, and fails the run when CI=true."""

import os

import pytest


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if isinstance(reporter, pytest.TerminalReporter) else 0


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn success into failure when tests were skipped in CI."""
    if session.exitstatus == pytest.ExitCode.OK and _in_ci() and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print a section of its own about skipped tests."""
    if skipped := _skipped(config):
        terminalreporter.section(f"{skipped} skipped", red=True, bold=True)
        terminalreporter.line(
            "Their reasons are in the short summary." + (" CI=true: this run failed." if _in_ci() else "")
        )
