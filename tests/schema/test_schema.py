"""The schema as a whole: every field has its record's attribute, everything is described, nothing personal leaks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from msgspec.structs import fields
from strawberry.federation.schema_directives import Authenticated

from downstream.record import OpenEnum, Record
from engine import BatchField
from schema import NODES, create_schema
from schema.sdl import api_sdl, subgraph_sdl

SCHEMA = create_schema()
CORE: GraphQLSchema = SCHEMA._schema  # noqa: SLF001  graphql-core's view of it
API = build_schema(api_sdl(SCHEMA))
FEDERATIONS = {"_entities", "_service"}
BACKREF = "strawberry-definition"


def _types() -> list[GraphQLNamedType]:
    """All but GraphQL's own and Federation's."""
    return [one for name, one in CORE.type_map.items() if name in API.type_map and not name.startswith("_")]


def _readers() -> Iterator[tuple[str, type, Any]]:
    """Every field that is read from a record without a resolver."""
    for one in _types():
        if isinstance(one, GraphQLObjectType) and (definition := one.extensions.get(BACKREF)):
            record = getattr(definition.origin, "__record__", None)
            for field in definition.fields:
                if record is not None and not field.base_resolver:
                    yield f"{one.name}.{field.python_name}", record, field.python_name


@pytest.mark.parametrize(("record", "name"), [pytest.param(*rest, id=where) for where, *rest in _readers()])
def test_every_field_without_a_resolver_exists_on_its_record(record: type, name: str) -> None:
    names = {field.name for field in fields(record)} if issubclass(record, Record) else set(dir(record))
    assert name in names


def test_the_parity_test_sees_the_whole_schema() -> None:
    assert len(list(_readers())) > 150


def test_every_field_of_another_service_than_its_parents_is_nullable() -> None:
    for one in _types():
        if isinstance(one, GraphQLObjectType):
            for name, field in one.fields.items():
                if isinstance(field.extensions.get(BACKREF), BatchField):
                    # Relay's list of things of many services is the one exception: an outage is null in its places.
                    assert not str(field.type).endswith("!") or str(field.type) == "[Node]!", f"{one.name}.{name}"


def test_types_fields_arguments_and_values_are_described() -> None:
    missing = []
    for one in _types():
        if not one.description:
            missing.append(one.name)
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in one.fields.items():
                if name in FEDERATIONS:
                    continue
                if not field.description:
                    missing.append(f"{one.name}.{name}")
                arguments = getattr(field, "args", {})
                missing += [f"{one.name}.{name}({key})" for key, value in arguments.items() if not value.description]
        if isinstance(one, GraphQLEnumType):
            missing += [f"{one.name}.{name}" for name, value in one.values.items() if not value.description]
    assert missing == []


def test_every_node_type_is_reachable_and_says_what_it_is() -> None:
    node = CORE.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {one.name for one in CORE.get_possible_types(node)} == {one.__name__ for one in NODES}


def test_every_type_of_what_is_somebodys_is_for_those_who_signed_in() -> None:
    marked, private = set(), {"Mutation", "Subscription", "User"} & CORE.type_map.keys()
    for one in _types():
        definition = one.extensions.get(BACKREF)
        if isinstance(one, GraphQLObjectType) and definition is not None:
            record = getattr(definition.origin, "__record__", None)
            if isinstance(record, type) and issubclass(record, Record) and "customer_id" in record.__struct_fields__:
                private.add(one.name)
            if any(isinstance(directive, Authenticated) for directive in definition.directives):
                marked.add(one.name)
    assert private == marked
    assert len(private) > 10


def test_no_part_of_a_card_but_brand_and_last_four_is_in_the_schema() -> None:
    sdl = SCHEMA.as_str()
    assert not re.search(r"(?i)\b(cardNumber|pan|cvv|cvc|iban|email|phone)\b", sdl)


def test_the_committed_sdl_is_the_schemas() -> None:
    root = Path(__file__).parents[2]
    assert (root / "schema.graphql").read_text() == api_sdl(SCHEMA)
    assert (root / "subgraph.graphql").read_text() == subgraph_sdl(SCHEMA)


def test_clients_see_the_whole_subgraph_but_what_is_federations() -> None:
    theirs = CORE.type_map.keys() - API.type_map.keys()
    assert theirs == {"_Any", "_Entity", "_FieldSet", "_Service", "link__Import", "link__Purpose"}
    for name, one in API.type_map.items():
        hidden = FEDERATIONS if name == "Query" else set()
        assert set(getattr(CORE.type_map[name], "fields", ())) - hidden == set(getattr(one, "fields", ()))
    assert set(re.findall(r"@(\w+)", api_sdl(SCHEMA))) == {
        "authenticated",
        "cacheControl",
        "cost",
        "defer",
        "listSize",
        "requiresScopes",
        "specifiedBy",
        "stream",
    }
    assert {"key", "shareable", "tag", "link"} <= set(re.findall(r"@(\w+)", subgraph_sdl(SCHEMA)))


def test_an_enum_value_that_a_service_adds_later_reads_as_unknown() -> None:
    for one in _types():
        if isinstance(one, GraphQLEnumType) and "UNKNOWN" in one.values:
            enum = one.extensions[BACKREF].wrapped_cls
            assert issubclass(enum, OpenEnum)
            assert enum("BRAND_NEW") is enum("UNKNOWN")
