"""Limits of documents and operations: what is refused, with which code, before anything is asked of a service."""

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import pytest
from graphql import GraphQLError, get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from engine.documents import Document
from gateway.admission.limits import DocumentLimits, Greatest
from schema import create_schema
from services.people import SHOPPER
from tests.support.center import OrderCenter, running, settings
from tests.support.services import ServiceProcess

TOKENS, DEPTH, ALIASES = "TOKEN_LIMIT_EXCEEDED", "DEPTH_LIMIT_EXCEEDED", "ALIAS_LIMIT_EXCEEDED"
ROOT_FIELDS, COST = "ROOT_FIELD_LIMIT_EXCEEDED", "COST_LIMIT_EXCEEDED"


def _chain(length: int, link: str) -> str:
    """Fragments that spread the next one twice each."""
    links = "".join(f"fragment F{number} on User {{ {link % ((number + 1,) * 2)} }} " for number in range(length))
    return f"{{ viewer {{ ...F0 }} }} {links} fragment F{length} on User {{ id }}"


def _flat(count: int) -> str:
    """Fragments of which validation compares each with each."""
    spread = " ".join(f"...F{number}" for number in range(count))
    return f"{{ viewer {{ {spread} }} }} " + " ".join(f"fragment F{number} on User {{ id }}" for number in range(count))


LONG_LISTS = """{ viewer { orders(first: 100) { nodes {
  lineItems { product { id } } timeline { happenedAt } payments { id } shipments { events { place } }
  refunds { id items { quantity } } returns { id items { quantity } } } }
  more: orders(first: 1000000000) { nodes { id } } } }"""
REFUSED = {
    "thousands of braces": ("{" * 5000, "GRAPHQL_PARSE_FAILED"),
    "thousands of brackets": ("{ a(b: " + "[" * 5000, TOKENS),
    "padded with comments": ("#\n" * 100_000 + "{ __typename }", TOKENS),
    "padded with tokens": ("{ viewer { id(" + "a: 1 " * 5000 + ") } }", TOKENS),
    "a thousand aliases": ("{ " + " ".join(f"a{i}: __typename" for i in range(500)) + " }", ALIASES),
    "aliases that fragments multiply": (_chain(16, "a: user {...F%d} b: user {...F%d}"), ALIASES),
    "aliases inside": ("{ viewer { " + " ".join(f"a{i}: id" for i in range(31)) + " } }", ALIASES),
    "root fields": ("{ " + "__typename " * 21 + "}", ROOT_FIELDS),
    "root fields in fragments": ("{ ...R ...R } fragment R on Query { " + "__typename " * 11 + "}", ROOT_FIELDS),
    "deeper than any list": ("{ viewer " + "{ orders { nodes " * 8 + "{ id }" + " } }" * 8 + " }", DEPTH),
    "deep by a chain": (_chain(400, "x { ...F%d } y { ...F%d }"), TOKENS),
    "deep by a shorter chain": (_chain(20, "orders { nodes { viewer { ...F%d } } } id ...F%d"), DEPTH),
    "fields that fragments multiply": (_chain(12, "orders { ...F%d } payments { ...F%d }"), COST),
    "duplicates": ("{ viewer { " + "id " * 1000 + "} }", COST),
    "conflicts": (
        "{ viewer { " + " ".join(f"orders(first: {i}) {{ nodes {{ id }} }}" for i in range(160)) + " } }",
        COST,
    ),
    "directives": ("{ viewer { id " + "@include(if: true) " * 51 + "} }", COST),
    "unknown directives": ("{ __typename " + "@aa " * 500 + "}", COST),
    "long nested lists": (LONG_LISTS, COST),
    "one long comment": ("#" + "x" * 900_000 + "\n{ __typename }", TOKENS),
    "one long string": (f'{{ order(number: "{"x" * 900_000}") {{ id }} }}', TOKENS),
    "many fragments": (_flat(150), COST),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_too_much_is_refused_with_one_coded_error_before_any_call(center: OrderCenter, name: str) -> None:
    document, code = REFUSED[name]
    for _ in range(2):
        answer = await center.ask(document, person=SHOPPER.id)
        assert "data" not in answer
        assert code in {error["extensions"]["code"] for error in answer["errors"]}
        assert len(answer["errors"]) <= 3
        assert center.calls == []


async def test_a_fragment_cycle_is_a_validation_error(center: OrderCenter) -> None:
    cycle = "{ viewer { ...A } } fragment A on User { ...B } fragment B on User { id ...A }"
    answer = await center.ask(cycle, person=SHOPPER.id)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


def _codes(document: str, **greatest: int) -> list[str]:
    limits = DocumentLimits(Greatest(**greatest))
    try:
        errors = limits.check(Document(limits.parse(document)))
    except GraphQLError as error:
        errors = [error]
    return [error.extensions["code"] for error in errors if error.extensions]


@pytest.mark.parametrize(
    ("document", "limit", "size"),
    [
        ("{ a b c }", "tokens", 5),
        ("{ a { b { c } } d }", "depth", 3),
        ("{ a { ... on T { ...F } } } fragment F on T { b { c } }", "depth", 3),
        ("{ x: a { y: b } ...F ...F } fragment F on T { z: c }", "aliases", 4),
        ("{ a { b } ... { c } ...F } fragment F on T { d e { f } }", "root_fields", 4),
        ("{ a { b } ...F c { ...F } } fragment F on T { d { e } }", "fields", 7),
        ("query @a { b @c ... @d { e } ...F @f ...F } fragment F on T { g @h }", "directives", 6),
        ("{ a { b } c { b } b ...F } fragment F on T { b: d a: b }", "comparisons", 7),
        ("query A { a } query B { a { b } }", "depth", 2),
        ("{ a }", "characters", 5),
        ("{ ...F ...G } fragment F on T { ...H } fragment G on T { ...H } fragment H on T { b }", "comparisons", 3),
    ],
)
def test_counts_are_exact(document: str, limit: str, size: int) -> None:
    assert _codes(document, **{limit: size}) == []
    assert len(_codes(document, **{limit: size - 1})) == 1


def _calls(document: str) -> int:
    """How many functions are called until a document is refused, by its limits or by validation."""
    schema = create_schema(limits=DocumentLimits(Greatest()))
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    refused = False
    sys.setprofile(count)
    try:
        refused = bool(schema.documents.validate(schema.documents.get(document)))
    finally:
        sys.setprofile(None)
    assert refused
    return calls


@pytest.mark.parametrize(
    "made",
    [
        lambda size: _chain(size, "a: user {...F%d} b: user {...F%d}"),
        lambda size: (
            "{ viewer { ...F0 } } "
            + " ".join(f"fragment F{n} on User {{ id ...F{(n + 1) % size} }}" for n in range(size))
        ),
    ],
    ids=["chain", "cycle"],
)
def test_chained_fragments_and_cycles_are_refused_with_work_that_grows_with_their_length(
    made: Callable[[int], str],
) -> None:
    short, long = _calls(made(10)), _calls(made(40))
    assert long < short * 6


def test_the_introspection_query_of_every_tool_passes() -> None:
    full = get_introspection_query(descriptions=True, specified_by_url=True, schema_description=True)
    assert _codes(full) == []


async def test_a_refused_document_is_not_looked_at_again(center: OrderCenter, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    whole = DocumentLimits.check

    def check(self: DocumentLimits, document: Document) -> list[GraphQLError]:
        looked.append("document")
        return whole(self, document)

    monkeypatch.setattr(DocumentLimits, "check", check)
    answers = [await center.ask(REFUSED["duplicates"][0], person=SHOPPER.id) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert looked == ["document"]


CUT = {"max_tokens": 5, "max_depth": 1, "max_aliases": 1, "max_root_fields": 1, "max_cost": 1}
EVERYTHING_AT_ONCE = "{ a: viewer { b: id orders(first: 1) { nodes { id } } } c: viewer { id } }"


@pytest.fixture
def lenient(services: Mapping[str, ServiceProcess], issuer: ServiceProcess) -> AbstractAsyncContextManager[OrderCenter]:
    names = frozenset({"tokens", "depth", "aliases", "root_fields", "cost"})
    return running(settings(services, issuer, warn_only=names, **CUT), issuer)


async def test_a_limit_that_only_warns_answers_and_is_logged(
    lenient: AbstractAsyncContextManager[OrderCenter], caplog: pytest.LogCaptureFixture
) -> None:
    async with lenient as center:
        answer = await center.ask(EVERYTHING_AT_ONCE, person=SHOPPER.id)
    assert "errors" not in answer
    logged = [getattr(record, "limit", None) for record in caplog.records if record.levelno == logging.WARNING]
    assert sorted(filter(None, logged)) == ["aliases", "cost", "depth", "root_fields", "tokens"]


async def test_the_cost_is_told_to_those_who_ask(center: OrderCenter) -> None:
    query = "query ($first: Int!) { viewer { orders(first: $first) { nodes { id lineItems { id } } } } }"
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    costs = []
    for first in (1, 2, 1):
        body = {"query": query, "variables": {"first": first}}
        silent = await center.http.post("/graphql", json=body, headers=headers)
        assert "graphql-cost" not in silent.headers
        told = await center.http.post("/graphql", json=body, headers=headers | {"GraphQL-Cost": "?"})
        costs.append(int(told.headers["graphql-cost"]))
    assert costs == [13, 24, 13]


async def test_an_operation_that_is_not_compiled_has_a_cost_too(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    conditions = " ".join(f"a{i}: id @skip(if: $v{i})" for i in range(5))
    variables = ", ".join(f"$v{i}: Boolean!" for i in range(5))
    query = (
        f"query ({variables}) {{ viewer {{ {conditions} orders(first: 100) {{ nodes {{ timeline {{ id }} }} }} }} }}"
    )
    # Twenty of it are more than a person may ask for at once.
    async with running(settings(services, issuer, rate_per_person=0), issuer) as center:
        for number in range(20):
            values = {f"v{i}": bool(number >> i & 1) for i in range(5)}
            headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "GraphQL-Cost": "?"}
            body = {"query": query, "variables": values}
            response = await center.http.post("/graphql", json=body, headers=headers)
            assert int(response.headers["graphql-cost"]) > 3000


SCHEMA = create_schema(limits=DocumentLimits(Greatest(tokens=40, depth=3)))
_WORDS = "{ } ( ) : ! $a 1 # fragment F on User viewer id orders nodes __typename __schema x ...F ... @skip"
_documents = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(_WORDS.split()), max_size=60).map(" ".join))


@given(_documents)
def test_any_document_is_answered_or_refused_with_a_code(document: str) -> None:
    try:
        found = SCHEMA.documents.get(document)
    except GraphQLError as error:
        assert error.message  # noqa: PT017  it is not always raised
    else:
        assert all(error.message for error in SCHEMA.documents.validate(found))
