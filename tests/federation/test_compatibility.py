"""What Apollo's compatibility suite expects, asked of the engine's way of being a subgraph by the suite's requests."""

import re
from typing import Any

import pytest
from graphql import parse, strip_ignored_characters

from tests.federation.products import SCHEMA

SUPPORT = "support@apollographql.com"


async def _data(query: str, **variables: object) -> Any:  # noqa: ANN401  an answer's data
    result = await SCHEMA.execute(query, variables, context_value=None)
    assert result.errors is None
    return result.data


@pytest.mark.parametrize(
    ("selection", "representation", "expected"),
    [
        (
            "... on User { email name }",
            {"__typename": "User", "email": SUPPORT},
            {"email": SUPPORT, "name": "Jane Smith"},
        ),
        (
            "... on DeprecatedProduct { sku package reason }",
            {"__typename": "DeprecatedProduct", "sku": "apollo-federation-v1", "package": "@apollo/federation-v1"},
            {"sku": "apollo-federation-v1", "package": "@apollo/federation-v1", "reason": "Migrate to Federation V2"},
        ),
        (
            "... on ProductResearch { study { caseNumber description } }",
            {"__typename": "ProductResearch", "study": {"caseNumber": "1234"}},
            {"study": {"caseNumber": "1234", "description": "Federation Study"}},
        ),
        (
            "... on Product { id sku }",
            {"__typename": "Product", "id": "apollo-federation"},
            {"id": "apollo-federation", "sku": "federation"},
        ),
        (
            "... on Product { id sku }",
            {"__typename": "Product", "sku": "federation", "package": "@apollo/federation"},
            {"id": "apollo-federation", "sku": "federation"},
        ),
        (
            "... on Product { id sku }",
            {"__typename": "Product", "sku": "studio", "variation": {"id": "platform"}},
            {"id": "apollo-studio", "sku": "studio"},
        ),
        (
            "... on User { averageProductsCreatedPerYear }",
            {"__typename": "User", "email": SUPPORT, "totalProductsCreated": 50, "yearsOfEmployment": 5},
            {"averageProductsCreatedPerYear": 10},
        ),
        (
            "... on Inventory { deprecatedProducts { sku } }",
            {"__typename": "Inventory", "id": "apollo-oss"},
            {"deprecatedProducts": [{"sku": "apollo-federation-v1"}]},
        ),
    ],
)
async def test_an_entity_is_found_by_each_of_its_keys(
    selection: str, representation: dict[str, object], expected: dict[str, object]
) -> None:
    query = f"query ($representations: [_Any!]!) {{ _entities(representations: $representations) {{ {selection} }} }}"
    assert await _data(query, representations=[representation]) == {"_entities": [expected]}


async def test_a_field_that_routers_hide_can_be_asked_of_the_subgraph() -> None:
    data = await _data("query ($id: ID!) { product(id: $id) { dimensions { unit } } }", id="apollo-federation")
    assert data == {"product": {"dimensions": {"unit": "kg"}}}


@pytest.mark.parametrize(
    "pattern",
    [
        r'type User@key\(fields:"email"\)',
        r'type DeprecatedProduct@key\(fields:"sku package"\)',
        r'type ProductResearch@key\(fields:"study { caseNumber }"\)',
        r'type Product@custom@key\(fields:"id"\)@key\(fields:"sku package"\)@key\(fields:"sku variation { id }"\)',
        r'type Inventory@key\(fields:"id"\)@interfaceObject',
        r"type ProductDimension@shareable",
        r"unit:String@inaccessible",
        r'notes:String@tag\(name:"internal"\)',
        r'name:String@override\(from:"users"\)',
        r'createdBy:User@provides\(fields:"totalProductsCreated"\)',
        r"yearsOfEmployment:Int!@external",
        r'@requires\(fields:"totalProductsCreated yearsOfEmployment"\)',
        r'schema@composeDirective\(name:"@custom"\)',
        r"directive@custom on OBJECT",
        r'@link\(url:"https://specs.apollo.dev/federation/v2.3" import:\[',
        r'@link\(url:"https://myspecs.dev/myCustomDirective/v1.0" import:\["@custom"\]\)',
    ],
)
async def test_the_sdl_says_what_composition_needs(pattern: str) -> None:
    sdl = (await _data("{ _service { sdl } }"))["_service"]["sdl"]
    assert parse(sdl)
    assert re.search(pattern, strip_ignored_characters(sdl))
