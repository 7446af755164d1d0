"""People, the root, and the schema."""

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from .loaders import Window
from .order import Order
from .scalars import SCALARS, DateTime, Url
from .services import ServiceError
from .suggested import Suggestion, Tag
from .types import Info, Profile

DEFAULT_PAGE_SIZE = 20


@strawberry.type
class OrderConnection:
    """One page of orders."""

    nodes: list[Order]


@strawberry.type
class TagConnection:
    """One page of tags."""

    nodes: list[Tag]


@strawberry.type
class SuggestionConnection:
    """One page of suggestions."""

    nodes: list[Suggestion]


@strawberry.type
class User:
    """A person by id alone: what hangs from them does not wait for their profile."""

    id: strawberry.ID

    async def _profile(self, info: Info) -> Profile | None:
        return await info.context["loaders"].profile.load(self.id)

    @strawberry.field
    async def display_name(self, info: Info) -> str | None:
        """The name that the app shows."""
        profile = await self._profile(info)
        return None if profile is None else profile.display_name

    @strawberry.field
    async def handle(self, info: Info) -> str | None:
        """The name by which others mention them."""
        profile = await self._profile(info)
        return None if profile is None else profile.handle

    @strawberry.field
    async def avatar_url(self, info: Info) -> Url | None:
        """Their picture."""
        profile = await self._profile(info)
        return None if profile is None else profile.avatar_url

    @strawberry.field
    async def member_since(self, info: Info) -> DateTime | None:
        """When they joined."""
        profile = await self._profile(info)
        return None if profile is None else profile.member_since

    @strawberry.field
    async def orders(self, info: Info, first: int | None = None) -> OrderConnection | None:
        """What they bought."""
        found = await info.context["loaders"].orders.load(self._window(first))
        return OrderConnection(nodes=found or [])

    @strawberry.field
    async def tags(self, info: Info, first: int | None = None) -> TagConnection | None:
        """What they keep an eye on."""
        found = await info.context["loaders"].tags.load(self._window(first))
        return TagConnection(nodes=found or [])

    @strawberry.field
    async def suggestions(self, info: Info, first: int | None = None) -> SuggestionConnection | None:
        """What they might like."""
        found = await info.context["loaders"].suggestions.load(self._window(first))
        return SuggestionConnection(nodes=found or [])

    def _window(self, first: int | None) -> Window:
        return Window(self.id, DEFAULT_PAGE_SIZE if first is None else first)


@strawberry.type
class Query:
    """Where every query begins."""

    @strawberry.field
    def user(self, id: strawberry.ID) -> User | None:  # noqa: A002  the argument's public name
        """A person by id."""
        return User(id=id)


class Schema(strawberry.Schema):
    """Logs what is unexpected; a service that is down would fill the log with tracebacks otherwise."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log all but the services' own failures."""
        unexpected = [error for error in errors if not isinstance(error.original_error, ServiceError)]
        if unexpected:
            super().process_errors(unexpected, execution_context)


schema = Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS), extensions=[ParserCache, ValidationCache])
