"""What resolvers declare to load is what they load: `order-center explain` and cost limits rely on it."""

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from strawberry.types.field import StrawberryField

from engine import BatchField
from engine.loads import loaded_by
from loaders import Loaders
from loaders.cache import Cache
from loaders.changes import Changes
from loaders.declaration import Declaration
from loaders.invalidation import Invalidator
from loaders.sources import Sources
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import create_schema
from tests.support.downstream import service_client

SERVICES = ("order", "payment", "recs")
# One id of each kind.
IDS = ["cus_1", "ord_1", "shm_1", "ret_1", "chk_1", "pay_1", "rfd_1", "pm_1", "tag_1", "sug_1", "prd_1", "shop_1"]


class Parent(NamedTuple):
    """A record with every attribute that a resolver makes a key of."""

    id: str = "cus_1"
    customer_id: str = "cus_1"
    order_id: str = "ord_1"
    product_id: str = "prd_1"
    shop_id: str = "shop_1"
    because_product_id: str = "prd_1"
    because_order_id: str = "ord_1"
    removed: bool = False

    @property
    def value(self) -> "Parent":
        """What a change has given."""
        return self


ROOTS = {
    "viewer": "{ viewer { id } }",
    "user": '{ user(id: "cus_1") { id } }',
    "order": '{ order(id: "ord_1") { id } again: order(number: "1") { id } }',
    "product": '{ product(id: "prd_1") { id } }',
    "node": " ".join(["{", *(f'a{place}: node(id: "{one}") {{ id }}' for place, one in enumerate(IDS)), "}"]),
    "nodes": f"{{ nodes(ids: {str(IDS).replace(chr(39), chr(34))}) {{ id }} }}",
}


def _refused(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def _context(scopes: frozenset[str] = frozenset()) -> Context:
    """A context over services that refuse everything: which loaders were used is all that counts here."""
    services = {name: service_client(name, httpx.MockTransport(_refused)) for name in SERVICES}
    deadline = asyncio.get_running_loop().time() + 5
    cache = Cache(None)
    loaders = Loaders(Sources(services, cache), patience=0, deadline=deadline)
    changes = Changes({}, Invalidator(cache, ()))
    rollout = Rollout(regions=frozenset({"DE"}), percentage=50)
    return Context(Viewer("cus_1", scopes), loaders, changes, Cursors(b"x" * 32), rollout, 100)


def _used(context: Context) -> set[object]:
    return {
        one for name, one in vars(Loaders).items() if isinstance(one, Declaration) and name in vars(context.loaders)
    }


def _batch_fields() -> Iterator[Any]:
    for type_ in create_schema()._schema.type_map.values():  # noqa: SLF001  Strawberry has no public way to all types
        for name, field in getattr(type_, "fields", {}).items():
            definition = field.extensions.get("strawberry-definition")
            if isinstance(definition, BatchField) and type_.name != "Query":
                yield pytest.param(definition, id=f"{type_.name}.{name}")


@pytest.mark.parametrize("field", list(_batch_fields()))
async def test_a_batch_resolver_loads_what_it_declares(field: BatchField) -> None:
    context = _context(frozenset({"orders:read:any"}))
    arguments = {argument.python_name: argument.default for argument in field.arguments}
    level = field.resolver([Parent(one) for one in IDS], context, **arguments)
    if isinstance(level, Awaitable):
        await level
    assert set(loaded_by(field.resolver).loaders) == _used(context)


@pytest.mark.parametrize("name", ROOTS)
async def test_a_root_field_loads_what_it_declares(name: str) -> None:
    context = _context(frozenset({"orders:read:any"}))
    schema = create_schema()
    await schema.execute(ROOTS[name], context_value=context)
    field = schema._schema.query_type.fields[name].extensions["strawberry-definition"]  # type: ignore[union-attr]  # noqa: SLF001  the same
    assert isinstance(field, StrawberryField)
    assert field.base_resolver is not None
    assert set(loaded_by(field.base_resolver.wrapped_func).loaders) == _used(context)


def test_every_root_field_is_looked_at() -> None:
    assert set(ROOTS) == set(create_schema()._schema.query_type.fields)  # type: ignore[union-attr]  # noqa: SLF001  the same
