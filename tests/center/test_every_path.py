"""Every field of the schema as owner, stranger, support and nobody, cold and warm, in both executors.

The documents are made from the schema, so a new field is walked as soon as it is there; whose a thing is, the services'
own data says.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_required_input_field

from schema import NODES, create_schema
from services.people import SHOPPER, STAFF, TROUBLED
from tests.support.center import Json, OrderCenter, running, settings
from tests.support.changes import change
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess
from tests.support.walk import Entry, Owners, document, edges, nodes, taken, without_executor

SCHEMA = create_schema()._schema  # noqa: SLF001  graphql-core's view of it
SHARED = {"Product", "Shop"}
VIEWER = document(SCHEMA, [Entry("viewer", "viewer", "User")], "($since: String)")
CURSOR = "{ viewer { orderCenter { changes { pageInfo { endCursor } } } tags(first: 1) { nodes { id } } } }"
# What graphql-core has to execute, because it reads the schema.
EXECUTORS = {"compiled": "{", "graphql-core": "{ __schema { queryType { name } }"}


class Asker(NamedTuple):
    person: str | None
    scope: str | None
    code: str | None


OWNER = Asker(TROUBLED.id, None, None)
SUPPORT = Asker(STAFF.id, STAFF.scope, None)
STRANGER = Asker(SHOPPER.id, None, "NOT_FOUND")
NOBODY = Asker(None, None, "UNAUTHENTICATED")


@pytest.fixture
async def walked(
    changed_services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> AsyncIterator[OrderCenter]:
    """A gateway with both tiers of its cache, and without the limits that such documents exceed."""
    unlimited = dict.fromkeys(("max_tokens", "max_fields", "max_cost", "max_comparisons", "max_root_fields"), 10**9)
    given = settings(
        changed_services,
        issuer,
        redis_url=redis_server.url,
        memory_bytes=50_000_000,
        production=False,
        request_timeout=30.0,
        rate_per_person=0.0,
        **unlimited,
    )
    async with running(given, issuer) as one:
        yield one


@pytest.fixture(scope="module")
def owners(changed_data: Path) -> Owners:
    return Owners(changed_data)


async def _ask(center: OrderCenter, query: str, variables: Json, asker: Asker, executor: str) -> tuple[Json, Json]:
    text = query.replace("{", EXECUTORS[executor], 1)
    answer = await center.ask(text, variables, person=asker.person, scope=asker.scope)
    return without_executor(answer), answer


async def _since(center: OrderCenter, asker: Asker) -> Json:
    """Change something of somebody's; returns a cursor from before."""
    viewer = (await center.data(CURSOR, person=asker.person))["viewer"]
    for tag in viewer["tags"]["nodes"]:
        await change(center, "updateTag", person=asker.person or "", tagId=tag["id"], note="Walked")
    return {"since": viewer["orderCenter"]["changes"]["pageInfo"]["endCursor"]}


def _codes(answer: Json) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", [])}


def _sorted(answer: Json) -> Json:
    """The answer with its errors in one order: by default theirs is that in which the services have answered."""
    return answer | {"errors": sorted(answer["errors"], key=lambda error: str(error["path"]))}


def _by_name(things: Mapping[str, str]) -> str:
    """A document that begins at one thing of each type, by every root field that takes a name."""
    entries = [Entry(f"node{name}", f"node(id: ${name})", name) for name in things]
    entries += [
        Entry("user", "user(id: $User)", "User"),
        Entry("order", "order(id: $Order)", "Order"),
        Entry("numbered", "order(number: $number)", "Order"),
        Entry("product", "product(id: $Product)", "Product"),
        Entry("nodes", "nodes(ids: $ids)", "Node"),
    ]
    variables = " ".join(f"${name}: ID!" for name in things)
    return document(SCHEMA, entries, f"({variables} $number: String! $ids: [ID!]! $since: String)")


def test_every_root_field_is_walked() -> None:
    root = SCHEMA.query_type
    assert root is not None
    # The other two are for routers alone, and walked in tests/federation/test_entities.py.
    assert set(root.fields) - {"_entities", "_service"} == {"viewer", "user", "order", "product", "node", "nodes"}


@pytest.mark.parametrize("executor", EXECUTORS)
async def test_every_path_shows_the_owner_everything_and_others_nothing(
    walked: OrderCenter, owners: Owners, executor: str
) -> None:
    since = {asker: await _since(walked, asker) for asker in (OWNER, STRANGER, SUPPORT)}
    own, _ = await _ask(walked, VIEWER, since[OWNER], OWNER, executor)
    things = dict(nodes(own))
    assert {one.__name__ for one in NODES} <= things.keys(), "the owner has no thing of some type to ask for"
    things = {one.__name__: things[one.__name__] for one in NODES}
    named = _by_name(things)
    number = own["viewer"]["orders"]["nodes"][0]["number"]
    theirs: Json = things | since[OWNER] | {"number": number, "ids": list(things.values())}
    never: Json = {
        name: one if name in SHARED else f"{one.partition('_')[0]}_NEVERMADE0" for name, one in things.items()
    }
    never |= since[OWNER] | {"number": "NEVER-MADE", "ids": [never[name] for name in things]}
    reached: set[tuple[str, str]] = set()
    # The stranger asks before the owner and again after them, when the cache is warm.
    for asker in (STRANGER, OWNER, SUPPORT, STRANGER, NOBODY):
        data, answer = await _ask(walked, VIEWER, since.get(asker, {}), asker, executor)
        reached |= set(taken(data))
        if asker is NOBODY:
            assert (data, _codes(answer)) == ({"viewer": None}, {"UNAUTHENTICATED"})
        else:
            assert owners.of(data) == {asker.person, None}
            assert _codes(answer) == (set() if asker is SUPPORT else {"FORBIDDEN"})

        data, answer = await _ask(walked, named, theirs, asker, executor)
        if asker.code is None:
            reached |= {(type_, "order" if key == "numbered" else key) for type_, key in taken(data)}
            assert owners.of(data) == {TROUBLED.id, None}
            assert _codes(answer) == (set() if asker is SUPPORT else {"FORBIDDEN"})
            assert {type_ for type_, _ in nodes(data)} >= things.keys()
        else:
            assert owners.of(data) == {None}
            assert {type_ for type_, _ in nodes(data)} == SHARED
            assert _codes(answer) == {asker.code}
            _, none = await _ask(walked, named, never, asker, executor)
            assert _sorted(answer) == _sorted(none)
    root = {("Query", f"node{name}") for name in things}
    assert root <= reached
    assert edges(SCHEMA) - (reached | {("Query", "node")}) == set(), "no answer has shown what is behind these"


def _made_up(type_: GraphQLInputObjectType) -> Json:
    """A value of an input type: only what it requires."""
    made: Json = {}
    for name, field in type_.fields.items():
        if is_required_input_field(field):
            named = get_named_type(field.type)
            one: object = _made_up(named) if isinstance(named, GraphQLInputObjectType) else 1
            if hasattr(named, "values"):
                one = next(iter(named.values))
            elif str(named) in {"ID", "String"}:
                one = "ord_1"
            made[name] = [one] if "[" in str(field.type) else one
    return made


async def test_nobody_changes_anything_by_any_mutation(walked: OrderCenter) -> None:
    root = SCHEMA.mutation_type
    assert root is not None
    for name, field in root.fields.items():
        input_type = get_named_type(field.args["input"].type)
        assert isinstance(input_type, GraphQLInputObjectType)
        query = f"mutation ($input: {input_type.name}!) {{ {name}(input: $input) {{ idempotencyKey }} }}"
        answer = await walked.ask(query, {"input": _made_up(input_type)}, person=None)
        assert (answer["data"], _codes(answer)) == ({name: None}, {"UNAUTHENTICATED"})
        assert walked.calls == []
