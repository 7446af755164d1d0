"""Whatever bytes come, they are a request or refused with a code: never a fault of ours."""

import json
import string
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.request import Operation, Refusal, from_json, from_query_string, headers_of
from services.people import SHOPPER
from tests.support.center import OrderCenter

_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)),
    max_leaves=12,
)
_members = st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "extensions", "documentId", "x"]), _json, max_size=6
)
_persisted = st.fixed_dictionaries({"extensions": st.fixed_dictionaries({"persistedQuery": _json})})
_bodies = st.one_of(
    st.binary(max_size=200), st.one_of(_json, _members, _persisted).map(lambda value: json.dumps(value).encode())
)
_words = ["{", "}", "viewer", "orders", "(first: $n)", "nodes", "id", "query ($n: Int)", "...F", "fragment F on User"]
_documents = st.lists(st.sampled_from(_words), max_size=25).map(" ".join)
_TOKEN_CHARACTERS = string.ascii_letters + string.digits + "-_. ="
# The fixtures are as good for a hundred examples as for one.
_many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


_query_strings = st.text(max_size=200).map(lambda text: f"query={text}&variables={text}&extensions={text}".encode())


def _outcome(read: Callable[[bytes], Operation], given: bytes) -> Operation | int:
    try:
        return read(given)
    except Refusal as refusal:
        return refusal.status


@given(_bodies)
def test_a_body_is_an_operation_or_refused(body: bytes) -> None:
    outcome = _outcome(from_json, body)
    assert outcome == 400 or isinstance(outcome, Operation)


@given(st.one_of(st.binary(max_size=300), _query_strings))
def test_a_query_string_is_an_operation_or_refused(query_string: bytes) -> None:
    outcome = _outcome(from_query_string, query_string)
    assert outcome == 400 or isinstance(outcome, Operation)


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"accept"]), st.binary(max_size=5)), max_size=8))
def test_headers_that_are_repeated_are_joined_in_their_order(fields: list[tuple[bytes, bytes]]) -> None:
    for name, value in headers_of(fields).items():
        assert value == b", ".join(one for key, one in fields if key == name)


@_many
@given(
    body=_bodies,
    accept=st.text(string.printable, max_size=30).filter(str.isprintable),
    token=st.text(_TOKEN_CHARACTERS, max_size=40),
)
async def test_no_request_is_a_fault(center: OrderCenter, body: bytes, accept: str, token: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": accept, "Authorization": f"Bearer {token}"}
    response = await center.http.post("/graphql", content=body, headers=headers)
    assert response.status_code in {200, 400, 401, 406}
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] != "INTERNAL"


@_many
@given(document=_documents, variables=st.one_of(st.none(), st.dictionaries(st.just("n"), _json)))
async def test_no_document_is_a_fault(center: OrderCenter, document: str, variables: dict[str, object] | None) -> None:
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "Content-Type": "application/json"}
    body = json.dumps({"query": document, "variables": variables}).encode()
    response = await center.http.post("/graphql", content=body, headers=headers)
    assert response.status_code in {200, 400}
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] in {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
