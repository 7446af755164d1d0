"""The vocabulary that clients see. No await and no I/O here."""

from collections.abc import Iterable

from graphql.type import is_specified_directive
from graphql.utilities.print_schema import print_directive
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from engine import EngineSchema
from engine.documents import Limits
from schema.checkout import Checkout
from schema.mutation import Mutation
from schema.order import Order
from schema.payment import Payment, PaymentMethod, Refund
from schema.product import Product
from schema.query import Query
from schema.returns import Return
from schema.scalars import SCALARS
from schema.shipment import Shipment
from schema.shop import Shop
from schema.subscription import Subscription
from schema.suggestion import Suggestion
from schema.tag import Tag
from schema.user import User

NODES = (Checkout, Order, Payment, PaymentMethod, Product, Refund, Return, Shipment, Shop, Suggestion, Tag, User)


class Schema(EngineSchema):
    """Strawberry's schema; errors are logged where they are formatted, without what they may hold of people."""

    def process_errors(self, errors: Iterable[object], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: Strawberry would log messages and documents."""

    def as_str(self) -> str:
        """Return the SDL, with the definitions of Federation's directives too: it is no subgraph, which links them."""
        sdl = super().as_str()
        own = [one for one in self._schema.directives if not is_specified_directive(one)]
        missing = [print_directive(one) for one in own if f"directive @{one.name}" not in sdl]
        return "\n\n".join([*missing, sdl])


def create_schema(*, limits: Limits | None = None, hide_suggestions: bool = False) -> Schema:
    """Assemble the schema.

    Args:
        limits: What documents must keep to.
        hide_suggestions: Whether messages leave out which names there are.
    """
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=NODES,
        config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
        limits=limits,
        hide_suggestions=hide_suggestions,
    )
