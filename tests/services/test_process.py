"""`python -m services.<name>` as a process."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.services.examples import write_order
from tests.services.rows import writing
from tests.support.services import ServiceProcess, free_port


def run(*options: str, with_token: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SERVICE_TOKEN"}
    if with_token:
        environment["SERVICE_TOKEN"] = secrets.token_hex()
    command = [sys.executable, "-m", "services.order", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=10, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with writing(tmp_path, "order") as connection:
        write_order(connection)
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_on_a_signal(folder: Path, number: signal.Signals) -> None:
    with ServiceProcess("order", folder) as process:
        started = time.monotonic()
        # One signal only: a second one, which may overtake the first, would not be waited for so patiently.
        assert process.stop(number) == 0
        assert time.monotonic() - started < 2
        assert process.output == ""
        assert not process.healthy()


def test_it_starts_again_on_the_same_port_after_a_crash(folder: Path) -> None:
    with ServiceProcess("order", folder) as process:
        assert process.kill() == -signal.SIGKILL
        assert not process.healthy()
        process.start()
        assert process.healthy()


def test_missing_data_is_said_in_one_line(tmp_path: Path) -> None:
    ended = run("--data", str(tmp_path), "--port", str(free_port()))
    path = tmp_path / "order.sqlite"
    expected = f"order: {path} is missing; make demo data with `python -m services.seed --data {tmp_path}`\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", expected)


def test_data_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "order.sqlite"
    path.write_text("this is no database, but it is long enough to look at")
    ended = run("--data", str(tmp_path), "--port", str(free_port()))
    assert (ended.returncode, ended.stderr) == (1, f"order: {path} cannot be used: file is not a database\n")


def test_a_missing_token_is_said_in_one_line(folder: Path) -> None:
    ended = run("--data", str(folder), "--port", str(free_port()), with_token=False)
    assert (ended.returncode, ended.stderr) == (1, "order: give --token or set SERVICE_TOKEN\n")


def test_nothing_is_loaded_at_run_time_that_is_not_needed() -> None:
    code = "import sys, services.order.service, services.common.command; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("hypothesis", "schemathesis", "httpx", "pytest", "strawberry", "jwt", "redis"):
        assert f"'{name}'" not in loaded
