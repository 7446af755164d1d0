"""The OpenAPI documents are complete and agree with the contract's own list of endpoints."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.common.app import Service
from services.common.openapi import openapi_document
from services.contract.endpoints import CONTRACTS
from services.order.service import ORDER
from services.payment.service import PAYMENT
from services.recs.service import RECS
from tests.services.conftest import Caller

SERVICES = (ORDER, PAYMENT, RECS)


def document(service: Service) -> dict[str, Any]:
    return openapi_document(service.title, service.description, service.endpoints, service.commands)


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_endpoint_of_the_contract_is_described(service: Service) -> None:
    expected = {*CONTRACTS[service.name].paths, "/health", "/openapi.json"}
    assert document(service)["paths"].keys() == expected


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_reference_leads_somewhere_and_every_component_is_used(service: Service) -> None:
    described = document(service)
    components = described["components"]
    names = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "parameters", "responses") for name in components[kind]
    }
    assert set(references(described)) == names


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_post_says_what_can_go_wrong(service: Service) -> None:
    described = document(service)
    assert described["security"] == [{"serviceToken": []}]
    commands = {command.path for command in service.commands}
    for path, item in described["paths"].items():
        if path.startswith("/v1/"):
            expected = {"200", "400", "401", "413", "415", "500", "503", "504"}
            names = [parameter["$ref"].rsplit("/", 1)[1] for parameter in item["post"]["parameters"]]
            assert ("IdempotencyKey" in names) is (path in commands)
            expected |= {"404", "409", "422"} if path in commands else set()
            assert item["post"]["responses"].keys() == expected
            assert item["post"]["requestBody"]["required"] is True
            assert "security" not in item["post"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_type_has_a_description(service: Service) -> None:
    for name, schema in document(service)["components"]["schemas"].items():
        assert schema["title"] == name
        assert schema["description"], name


def test_a_request_has_its_limits() -> None:
    schemas = document(ORDER)["components"]["schemas"]
    keys = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 64}, "minItems": 1}
    assert schemas["Keys"]["properties"] == {"keys": keys | {"maxItems": 500}}
    assert schemas["Keys"]["additionalProperties"] is False
    query = schemas["OrderQuery"]
    assert query["required"] == ["ref", "customerId", "limit"]
    assert query["additionalProperties"] is False
    assert query["properties"]["limit"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": "Page size.",
    }
    assert query["properties"]["sort"] == {"enum": ["PLACED_AT", "TOTAL", "UPDATED_AT"], "default": "PLACED_AT"}


def test_no_field_of_an_answer_is_ever_left_out() -> None:
    schemas = document(ORDER)["components"]["schemas"]
    for name in ("Order", "LineItem", "Shipment", "Return", "Checkout", "Customer", "Product", "OrderPage"):
        assert schemas[name]["required"] == list(schemas[name]["properties"]), name


def test_the_running_service_publishes_it(order: Caller) -> None:
    assert order.http.get("/openapi.json").json() == document(ORDER)
