"""What a change of the schema means to clients, with and without a word about what they ask."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from graphql import build_schema

from gateway.cli import main
from gateway.schema_changes import Kind, changes

OLD = """
    interface Node { id: ID! }
    enum Sort { NEW OLD }
    input Filter { status: String size: Int }
    type Query { user(id: ID, name: String): User order(filter: Filter, sort: Sort): Order node(id: ID!): Node }
    type User implements Node { id: ID! name: String! age: Int }
    type Order implements Node { id: ID! total: Int! }
    type Shop { id: ID! }
"""
ALL = """query ($f: Filter) { user(id: 1) { ...Name } order(filter: $f, sort: NEW) { total } node(id: 1) { id } }
    fragment Name on User { name }"""


@pytest.mark.parametrize(
    ("before", "after", "used_by"),
    [
        ("age: Int }", "}", "{ user { age } }"),
        ("name: String! age", "name: String age", "{ user { name } }"),
        ("total: Int!", "total: String!", "{ order { total } }"),
        (", name: String)", ")", '{ user(name: "x") { id } }'),
        ("name: String):", "name: String, by: ID!):", "{ user { id } }"),
        ("enum Sort { NEW OLD }", "enum Sort { NEW }", "query ($s: Sort) { order(sort: $s) { id } }"),
        ("size: Int }", "}", "query ($f: Filter) { order(filter: $f) { id } }"),
        ("size: Int }", "size: Int by: ID! }", "{ order(filter: {size: 1}) { id } }"),
        ("type Order implements Node", "type Order", "{ order { id } }"),
    ],
)
def test_a_breaking_change_breaks_those_who_use_it_and_nobody_else(before: str, after: str, used_by: str) -> None:
    old, new = build_schema(OLD), build_schema(OLD.replace(before, after))
    for documents, kind in ((None, Kind.BREAKING), ([], Kind.UNUSED), (["{ __typename }"], Kind.UNUSED)):
        (change,) = changes(old, new, documents)
        assert change.kind is kind
    (change,) = changes(old, new, ["{ node(id: 1) { id } }", used_by])
    assert change.kind is Kind.BREAKING


def test_a_type_that_goes_breaks_those_who_name_it() -> None:
    old = build_schema(OLD + "extend type Query { shop: Shop }")
    new = build_schema(OLD.replace("type Shop { id: ID! }", ""))
    assert {one.kind for one in changes(old, new, [ALL])} == {Kind.UNUSED}
    assert {one.kind for one in changes(old, new, [ALL, "{ shop { id } }"])} == {Kind.BREAKING}


def test_changes_that_break_nothing_are_dangerous_or_safe_whoever_asks() -> None:
    old = build_schema(OLD)
    new = build_schema(OLD.replace("NEW OLD", "NEW OLD BEST").replace("age: Int", "age: Int shoe: Int"))
    for documents in (None, [ALL]):
        assert [(one.kind, one.description) for one in changes(old, new, documents)] == [
            (Kind.DANGEROUS, "Enum value Sort.BEST was added."),
            (Kind.SAFE, "Field User.shoe was added."),
        ]


def test_the_command_says_what_breaks_and_fails_for_that_alone(tmp_path: Path) -> None:
    released, asked = tmp_path / "schema.graphql", tmp_path / "asked.graphql"
    released.write_text((Path(__file__).parents[2] / "schema.graphql").read_text())

    def check(*options: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["schema", "check", "--against", str(released), *options])
        return result.exit_code, result.output

    none = "breaking: 0\nbreaking, but used by no document: 0\ndangerous: 0\nsafe: 0\n"
    assert check() == (0, none)
    released.write_text(re.sub(r"(type Shop implements Node .*\{)", r"\1\n  motto: String", released.read_text()))
    code, output = check()
    assert (code, output.splitlines()[:2]) == (1, ["breaking: 1", "  Field Shop.motto was removed."])
    asked.write_text("{ product(id: 1) { shop { name } } }")
    assert check("--documents", str(asked))[0] == 0
    asked.write_text("{ product(id: 1) { shop { motto } } }")
    assert check("--documents", str(asked))[0] == 1
    asked.write_text("{")
    code, output = check("--documents", str(asked))
    assert (code, output.splitlines()[0]) == (1, "Error: Syntax Error: Expected Name, found <EOF>.")
