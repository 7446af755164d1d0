"""The rules of docs/contracts.md that a running service can be asked about."""

from collections.abc import Callable, Sequence
from typing import ParamSpec

import httpx

from services.contract.acts import check_act
from services.contract.client import Client, Finding, Json, NoAnswer
from services.contract.endpoints import CONTRACTS, Contract, Get, Search
from services.contract.pages import check_pages, check_queries
from services.contract.requests import check_deadline, check_open_reads, check_refusals
from services.contract.values import wrong_forms

P = ParamSpec("P")

_MISSING = ("ord_0", "x" * 64, "#0", "cus_0000000000000000000000000000000000000000", "\N{SNOWMAN}")
# Where the ids of other resources are found in items: field -> path of the endpoint that reads them.
_RELATED = {
    "shopId": "/v1/shops:batchGet",
    "productId": "/v1/products:batchGet",
    "number": "/v1/orders:batchGetByNumber",
    "customerId": "/v1/customers:batchGet",
}


def check(service: str, http: httpx.Client, token: str, customers: Sequence[str]) -> list[Finding]:
    """Ask a service everything.

    Args:
        service: order, payment or recs.
        http: Its base URL is the service.
        token: The service token.
        customers: People who have data there. Without any, only rules are checked that need no data.

    Returns:
        What the service does otherwise than the contract says; empty when all is well.
    """
    contract = CONTRACTS[service]
    client = Client(http, token)
    _guarded(client, service, check_open_reads, client, service, contract)
    for get in contract.gets:
        _guarded(client, get.path, _check_get, client, get)
    for search in contract.searches:
        _guarded(client, search.path, _check_search, client, search)
        for customer in customers:
            _guarded(client, search.path, check_pages, client, search, customer)
            _guarded(client, search.path, _check_items, client, contract, search, customer)
    for act in contract.acts:
        _guarded(client, act.path, check_act, client, act)
    return client.findings


def _guarded(client: Client, where: str, rule: Callable[P, None], *given: P.args, **named: P.kwargs) -> None:
    """Note an answer that makes further questions senseless, and go on with the next rule."""
    try:
        rule(*given, **named)
    except NoAnswer as missing:
        client.note(where, str(missing))
    except httpx.TransportError as error:
        client.note(where, f"answers at all ({type(error).__name__})")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        client.note(where, f"answers in the contract's form ({type(error).__name__})")


def _check_get(client: Client, get: Get) -> None:
    check_refusals(client, get.path)
    check_deadline(client, get.path, {"keys": [f"x_{number}" for number in range(500)]}, {})
    client.expect(client.rows(get.path, _MISSING) == [], get.path, "what does not exist has no row")


def _check_search(client: Client, search: Search) -> None:
    check_refusals(client, search.path)
    queries = [{"ref": f"q{number}", "customerId": f"cus_{number}", "limit": 1} for number in range(500)]
    check_deadline(client, search.path, {"keys": queries}, {})
    check_queries(client, search)


def _check_items(client: Client, contract: Contract, search: Search, customer: str) -> None:
    """Read what the customer has once more by its keys."""
    items = client.page(search.path, {"customerId": customer, "limit": 20})["items"]
    for broken in sorted(set(wrong_forms(items))):
        client.note(search.path, broken)
    if search.get is not None and items:
        _check_batch(client, search.get, {item["id"]: item for item in items}, customer)
    for get in contract.gets:
        _check_related(client, get, items, customer)


def _check_batch(client: Client, get: Get, expected: dict[str, Json], customer: str) -> None:
    keys = list(expected)
    asked = [*reversed(keys), *keys, *_MISSING]
    found = client.values(get.path, asked)
    client.expect(found == expected, get.path, "reads the same as the search, whatever the order of keys")
    _check_values(client, get, found, customer)


def _check_related(client: Client, get: Get, items: Sequence[Json], customer: str) -> None:
    related = [field for field, path in _RELATED.items() if path == get.path]
    if get.key == "orderId":
        related = ["orderId", "id"]
    elif get.key == "customerId":
        related = ["customerId"]
    keys = {item[field] for item in items for field in related if isinstance(item.get(field), str)}
    if keys:
        _check_values(client, get, client.values(get.path, [*keys, *keys, *_MISSING]), customer)


def _check_values(client: Client, get: Get, found: dict[str, Json], customer: str) -> None:
    client.expect(all(value[get.key] == key for key, value in found.items()), get.path, f"{get.key} is the key asked")
    if get.owner is not None:
        owners = {value[get.owner] for value in found.values()}
        client.expect(owners <= {customer}, get.path, "a person's things carry their customer id")
    for broken in sorted(set(wrong_forms(list(found.values())))):
        client.note(get.path, broken)
