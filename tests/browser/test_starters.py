import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution import get_variable_values

ROOT = Path(__file__).resolve().parents[2]
STARTERS = sorted((ROOT / "web" / "src" / "starters").glob("*.graphql"), key=lambda path: int(path.name.split("-")[0]))


@pytest.fixture(scope="module")
def published_schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


def test_the_starters_are_numbered() -> None:
    assert [path.name.split("-")[0] for path in STARTERS] == [str(number) for number in range(1, 15)]


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: path.stem)
def test_a_starter_is_valid_against_the_published_schema(path: Path, published_schema: GraphQLSchema) -> None:
    document = parse(path.read_text(encoding="utf-8"))

    assert validate(published_schema, document) == []

    (operation,) = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    variables = path.with_suffix(".json")
    given = json.loads(variables.read_text(encoding="utf-8")) if variables.exists() else {}
    assert set(given) == {node.variable.name.value for node in operation.variable_definitions or ()}
    refused = get_variable_values(published_schema, operation.variable_definitions or (), given)
    assert not isinstance(refused, list), refused


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: path.stem)
def test_a_starter_opens_with_its_title_and_what_it_shows(path: Path) -> None:
    title, gap, *about = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]

    assert title.removeprefix("# ").strip()
    assert gap == "#"
    assert 1 <= len(about) <= 3
    assert all(len(line) <= 41 for line in about)
