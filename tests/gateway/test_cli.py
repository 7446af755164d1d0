"""The command line, and the documents that describe it."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gateway.settings import PREFIX, Settings
from tests.support.services import ServiceProcess

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    documented = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", text))
    for service in ("PAYMENT", "RECS"):
        assert f"`{PREFIX}{service}_SERVICE_URL`, `…_TOKEN`" in text
        documented.add(f"{service}_SERVICE_TOKEN")
    assert documented == {field.name.upper() for field in msgspec.structs.fields(Settings)}
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            row = next(line for line in text.splitlines() if f"{PREFIX}{field.name.upper()}`" in line)
            assert float(row.split("|")[2].strip(" `")) == field.default


def test_the_schema_command_writes_and_compares(tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    assert _run("schema", "--file", str(file)).returncode == 0
    assert file.read_text() == (ROOT / "schema.graphql").read_text()
    assert _run("schema", "--check", "--file", str(file)).returncode == 0
    file.write_text(file.read_text().replace("displayName: String\n", "displayName: Int\n"))
    changed = _run("schema", "--check", "--file", str(file))
    assert changed.returncode == 1
    assert "-  displayName: Int" in changed.stdout
    assert "+  displayName: String" in changed.stdout


def test_the_contract_command_checks_a_running_service(services: dict[str, ServiceProcess]) -> None:
    process = services["recs"]
    refused = _run("contract", "recs", process.url, "--token", "wrong-token-altogether")
    assert refused.returncode != 0
    assert process.token not in refused.stdout + refused.stderr


def test_without_a_running_issuer_token_says_what_to_start(tmp_path: Path) -> None:
    refused = _run("token", "--data", str(tmp_path))
    assert refused.returncode == 1
    assert "order-center dev" in refused.stderr


@pytest.mark.parametrize("command", ["dev", "serve", "token", "schema", "contract"])
def test_every_command_explains_itself(command: str) -> None:
    shown = _run(command, "--help")
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) > 3
