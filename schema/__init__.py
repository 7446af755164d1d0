"""The vocabulary that clients see. No await and no I/O here."""

from collections.abc import Iterable, Sequence

from graphql import GraphQLDirective
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from engine import EngineFederationSchema
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

# The newest that Strawberry and all three composers know.
FEDERATION_VERSION = "2.9"
NODES = (Checkout, Order, Payment, PaymentMethod, Product, Refund, Return, Shipment, Shop, Suggestion, Tag, User)


class Schema(EngineFederationSchema):
    """Strawberry's schema; errors are logged where they are formatted, without what they may hold of people."""

    def process_errors(self, errors: Iterable[object], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: Strawberry would log messages and documents."""

    @property
    def all_directives(self) -> Sequence[GraphQLDirective]:
        """All directives, those that Federation defines among them."""
        return self._schema.directives


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
        federation_version=FEDERATION_VERSION,
        config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
        limits=limits,
        hide_suggestions=hide_suggestions,
    )
