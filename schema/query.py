"""The roots of every query."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

import resolvers.node as nodes
import resolvers.order as orders
import resolvers.product as products
import resolvers.user as users
from downstream import order as order_records
from downstream import product as product_records
from engine import batch_field, loads
from resolvers.context import Context
from resolvers.many import Level, Results
from schema.lists import about
from schema.node import Node
from schema.order import Order
from schema.product import Product
from schema.user import User

Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
# A query has one root, which nobody needs.
Roots = Sequence[object]


def _viewer(roots: Roots, context: Context) -> Level[users.User]:  # noqa: ARG001  there is one
    return users.viewer(context)


@loads(users.users_of_ids)
def _user(roots: Roots, context: Context, id: Id) -> Level[users.User]:  # noqa: A002, ARG001  the argument's public name
    return users.user(context, id)


@loads(orders.order)
def _order(
    roots: Roots,  # noqa: ARG001  there is one
    context: Context,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id; or give its number.")] = None,  # noqa: A002
    number: Annotated[str | None, strawberry.argument(description="Its number; or give its id.")] = None,
) -> Level[order_records.Order]:
    return orders.order(context, id, number)


@loads(products.product)
def _product(roots: Roots, context: Context, id: Id) -> Level[product_records.Product]:  # noqa: A002, ARG001  the same
    return products.product(context, id)


@loads(nodes.node)
def _node(roots: Roots, context: Context, id: Id) -> Level[Any]:  # noqa: A002, ARG001  the same
    return nodes.node(context, id)


@loads(nodes.nodes)
def _nodes(
    roots: Roots,  # noqa: ARG001  there is one
    context: Context,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"At most {nodes.MAX_NODES} ids.")],
) -> Level[Results[Any]]:
    return nodes.nodes(context, ids)


@strawberry.type(description="Where every query begins.")
class Query:
    """Where every query begins."""

    viewer: User | None = batch_field(_viewer, description="The person who asks.")
    user: User | None = batch_field(_user, description="A person by id: oneself, or anybody for support staff.")
    order: Order | None = batch_field(_order, description="An order of the viewer's by id or number.")
    product: Product | None = batch_field(_product, description="A product by id.")
    node: Node | None = batch_field(_node, description="Anything by its global id.")
    nodes: list[Node | None] = batch_field(
        _nodes,
        description="Many things by their global ids, in the order asked; null where there is none.",
        directives=about(nodes.MAX_NODES),
        sized_by="ids",
    )
