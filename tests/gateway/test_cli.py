"""The command line, and the documents that describe it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import NoneType

import msgspec
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.settings import PREFIX, Settings
from tests.support.services import ServiceProcess

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _invoked(*arguments: str) -> Result:
    """What the command says, in this process: another one takes a second to start, and it is the same code."""
    return CliRunner().invoke(main, arguments, prog_name="order-center")


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
    assert _invoked("schema", "--check", "--file", str(file)).exit_code == 0
    file.write_text(file.read_text().replace("displayName: String\n", "displayName: Int\n"))
    changed = _invoked("schema", "--check", "--file", str(file))
    assert changed.exit_code == 1
    assert "-  displayName: Int" in changed.stdout
    assert "+  displayName: String" in changed.stdout


def test_the_contract_command_checks_a_running_service(services: dict[str, ServiceProcess]) -> None:
    process = services["recs"]
    refused = _run("contract", "recs", process.url, "--token", "wrong-token-altogether")
    assert refused.returncode != 0
    assert process.token not in refused.stdout + refused.stderr


def test_without_a_running_issuer_token_says_what_to_start(tmp_path: Path) -> None:
    refused = _invoked("token", "--data", str(tmp_path))
    assert refused.exit_code == 1
    assert "order-center dev" in refused.stderr


@pytest.mark.parametrize("command", ["dev", "serve", "token", "schema", "contract"])
def test_every_command_explains_itself(command: str) -> None:
    shown = _invoked(command, "--help")
    assert shown.exit_code == 0
    assert len(shown.stdout.splitlines()) > 3


def test_explain_shows_levels_calls_and_cost_before_anything_runs(tmp_path: Path) -> None:
    file = tmp_path / "query.graphql"
    file.write_text("query ($n: Int) { viewer { tags(first: $n) { nodes { note product { title } } } } }")
    explained = _run("explain", str(file), "--variables", '{"n": 3}')
    assert explained.stdout == (
        "compiled: 6 fields, 3 resolvers on 3 levels; cost 8\n"
        "\n"
        "level 1\n"
        "  viewer                          1 x  batch  -\n"
        "level 2\n"
        "  viewer.tags                     1 x  batch  tags_by_customer\n"
        "level 3\n"
        "  viewer.tags.nodes.product       3 x  batch  product_by_id\n"
        "\n"
        "downstream, at most\n"
        "  order    POST /v1/products:batchGet          3 keys in 1 call\n"
        "  recs     POST /v1/tags:search                1 key in 1 call\n"
        "\n"
        "graphql-core executes\n"
        "  nothing\n"
        "\n"
        "who may ask\n"
        "  viewer: anybody signed in\n"
    )
    assert "def complete_" in _invoked("explain", str(file), "--source").stdout


@pytest.mark.parametrize(
    ("query", "arguments", "said"),
    [
        ("{ __schema { queryType { name } } }", (), "graphql-core executes it: introspection"),
        ("{ nothing }", (), "Cannot query field 'nothing'"),
        ("{ viewer", (), "Syntax Error"),
        ("{ viewer { id } }", ("--variables", "[]"), "--variables must be a JSON object"),
        ("query ($id: ID!) { user(id: $id) { id } }", (), "$id"),
        ("query A { viewer { id } } query B { viewer { id } }", (), "Must provide operation name"),
    ],
)
def test_explain_says_why_an_operation_has_no_plan(
    tmp_path: Path, query: str, arguments: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "query.graphql"
    file.write_text(query)
    explained = _invoked("explain", str(file), *arguments)
    assert said in explained.output
    # What is not meant for the person who asked would be the exception itself.
    assert type(explained.exception) in {NoneType, SystemExit}


def test_the_readme_shows_what_explain_says() -> None:
    readme = (ROOT / "README.md").read_text()
    (command,) = re.findall(r"^    \$ \.venv/bin/order-center (explain .*)$", readme, re.MULTILINE)
    said = _invoked(*shlex.split(command)).stdout
    shown = "".join(f"    {line}\n" if line else "\n" for line in said.splitlines())
    assert shown in readme
