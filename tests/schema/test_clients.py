"""What others' tools make of the schema: Relay's compiler and lint rules, and typed clients."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.support.system import CLIENTS, node_client, node_with_packages

SCHEMA = Path(__file__).parents[2] / "schema.graphql"


def _run(*command: object, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=folder)


def test_it_keeps_to_relays_rules_but_for_views_which_have_no_id() -> None:
    (found,) = json.loads(node_client("lint.mjs", str(SCHEMA)))
    assert found["message"] == "Edge type's field `node` must implement `Node` interface."
    assert SCHEMA.read_text().splitlines()[found["line"] - 1] == "type RecentlyViewedEdge {"


def test_relay_compiles_connections_refetchable_and_deferred_fragments(tmp_path: Path) -> None:
    node_with_packages(CLIENTS)
    shutil.copytree(CLIENTS / "relay", tmp_path / "src")
    config = {"src": "./src", "schema": str(SCHEMA), "language": "typescript"}
    (tmp_path / "relay.config.json").write_text(json.dumps(config))
    run = _run("node", CLIENTS / "node_modules" / "relay-compiler" / "cli.js", "relay.config.json", folder=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    query = (tmp_path / "src" / "__generated__" / "OrderCenterQuery.graphql.ts").read_text()
    assert '@defer(label: \\"OrderCenterQuery$defer$suggestions\\")' in query
    made = {file.name.removesuffix(".graphql.ts") for file in (tmp_path / "src" / "__generated__").iterdir()}
    assert made >= {"OrderCenterQuery", "OrderCenterOrdersQuery", "OrderCenterOrderQuery", "OrderCenterCancelMutation"}


def test_typed_clients_see_what_can_be_null_and_what_must_be_given(tmp_path: Path) -> None:
    client = tmp_path / "client.ts"
    shutil.copy(CLIENTS / "typescript" / "client.ts", client)
    operations = CLIENTS / "typescript" / "operations.graphql"
    node_client("typescript.mjs", str(SCHEMA), str(operations), str(tmp_path / "generated.ts"))
    compiler = CLIENTS / "node_modules" / ".bin" / "tsc"
    run = _run(compiler, "--noEmit", "--strict", "--skipLibCheck", "--types", "", client, folder=tmp_path)
    assert run.returncode == 0, run.stdout
