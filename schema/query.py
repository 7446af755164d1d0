"""The roots of every query."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

import resolvers.node as nodes
import resolvers.order as orders
import resolvers.product as products
import resolvers.user as users
from downstream import order as order_records
from downstream import product as product_records
from resolvers.context import Context
from schema.node import Node
from schema.order import Order
from schema.product import Product
from schema.resolved import resolved
from schema.user import User

Info = strawberry.Info[Context, None]
Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]


def _viewer(info: Info) -> users.User:
    return users.viewer(info.context)


def _user(info: Info, id: Id) -> Awaitable[users.User]:  # noqa: A002  the argument's public name
    return users.user(info.context, id)


def _order(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id; or give its number.")] = None,  # noqa: A002
    number: Annotated[str | None, strawberry.argument(description="Its number; or give its id.")] = None,
) -> Awaitable[order_records.Order]:
    return orders.order(info.context, id, number)


def _product(info: Info, id: Id) -> Awaitable[product_records.Product]:  # noqa: A002  the argument's public name
    return products.product(info.context, id)


def _node(info: Info, id: Id) -> Awaitable[object]:  # noqa: A002  the argument's public name
    return nodes.node(info.context, id)


def _nodes(
    info: Info,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"At most {nodes.MAX_NODES} ids.")],
) -> Awaitable[list[object]]:
    return nodes.nodes(info.context, ids)


@strawberry.type(description="Where every query begins.")
class Query:
    """Where every query begins."""

    viewer: User | None = resolved(_viewer, "The person who asks.")
    user: User | None = resolved(_user, "A person by id: oneself, or anybody for support staff.")
    order: Order | None = resolved(_order, "An order of the viewer's by id or number.")
    product: Product | None = resolved(_product, "A product by id.")
    node: Node | None = resolved(_node, "Anything by its global id.")
    nodes: list[Node | None] = resolved(
        _nodes, "Many things by their global ids, in the order asked; null where there is none."
    )
