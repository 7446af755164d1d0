"""A federated Strawberry schema that executes compiled plans, its entities in batches."""

from collections.abc import Mapping
from typing import Any

import strawberry
import strawberry.federation
from strawberry.federation.schema import FederationAny
from strawberry.federation.versions import format_version
from strawberry.types.info import Info

from engine.cost import SIZED_BY, Cost, ListSize
from engine.entities import ENTITIES, Entities
from engine.loads import LOADS, all_of
from engine.schema import CompilingSchema


class EngineFederationSchema(CompilingSchema, strawberry.federation.Schema):
    """A ``strawberry.federation.Schema`` that executes compiled plans, and finds entities by their ``batch_key``."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Strawberry's own
        super().__init__(*args, **options)
        self._entities = Entities(self._schema)
        query = self._schema.query_type
        field = query.fields.get(ENTITIES) if query is not None else None
        if field is not None:
            field.extensions[SIZED_BY] = "representations"
            field.extensions[LOADS] = all_of(self._entities.resolvers)

    def entities_resolver(self, info: Info[Any, None], representations: list[FederationAny]) -> Any:  # noqa: ANN401  Strawberry writes what it returns
        """Answer ``_entities``."""
        return self._entities.resolve(representations, info.context)

    def _add_link_for_federation_directive(self, directive: object, directive_by_url: Mapping[str, set[str]]) -> None:
        """Import what composition knows: without it ``@cost`` would stay in the subgraph."""
        super()._add_link_for_federation_directive(directive, directive_by_url)
        if isinstance(directive, Cost | ListSize):
            url = f"https://specs.apollo.dev/federation/{format_version(self.federation_version)}"
            directive_by_url[url].add(f"@{type(directive).__strawberry_directive__.graphql_name}")  # type: ignore[union-attr]  # Strawberry's decorator sets it
