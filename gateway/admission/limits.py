"""What a document may hold, counted before it is validated: validation, planning and execution all grow with it.

Everything is counted in one pass over each definition; what a fragment holds is then added wherever it is spread, so
that chained fragments cost no more than they are long.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)
from msgspec import Struct

from engine.documents import Document

log = logging.getLogger(__name__)

# How graphql-core ends its message when it stops counting tokens or comments.
_ABORTED = "Parsing aborted."


class Greatest(Struct, frozen=True):
    """The limits. Counts hold what fragments bring with them, every time that they are spread.

    Attributes:
        characters: Of a document: one token can be as long as it.
        tokens: Of a document; comments may be as many again.
        depth: Of fields inside fields.
        aliases: Of an operation.
        root_fields: Of an operation.
        fields: Of an operation.
        directives: Of an operation.
        comparisons: Pairs of fields with the same name, and of fragments that are spread, in a document, each of which
            validation may have to compare.
    """

    characters: int = 50_000
    tokens: int = 2000
    depth: int = 16
    aliases: int = 30
    root_fields: int = 20
    fields: int = 1000
    directives: int = 50
    comparisons: int = 10_000


_CODES = {
    "characters": "TOKEN_LIMIT_EXCEEDED",
    "tokens": "TOKEN_LIMIT_EXCEEDED",
    "depth": "DEPTH_LIMIT_EXCEEDED",
    "aliases": "ALIAS_LIMIT_EXCEEDED",
    "root_fields": "ROOT_FIELD_LIMIT_EXCEEDED",
}
# The API has no codes of their own for the others: they are what a document costs before it is executed.
_ANY_OTHER = "COST_LIMIT_EXCEEDED"


@dataclass
class Size:
    """What a definition holds.

    Attributes:
        depth: Greatest depth of its own fields, from 1.
        aliases: How many aliases.
        root_fields: How many fields at its top.
        fields: How many fields.
        directives: How many directives.
        spreads: Fragments that it spreads: their name, and the depth of the field that holds them.
    """

    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    fields: int = 0
    directives: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)

    def add(self, other: "Size", depth: int) -> None:
        """Add a fragment that is spread below a field of this depth."""
        self.depth = max(self.depth, depth + other.depth)
        self.aliases += other.aliases
        self.fields += other.fields
        self.directives += other.directives
        if depth == 0:
            self.root_fields += other.root_fields


class DocumentLimits:
    """The limits of documents, for the engine.

    Args:
        greatest: The limits.
        warn_only: Names of those that are only written to the log when they are exceeded.
    """

    def __init__(self, greatest: Greatest, warn_only: AbstractSet[str] = frozenset()) -> None:
        self._greatest = greatest
        self._warn_only = warn_only

    def parse(self, text: str) -> DocumentNode:
        """Return the document; raises ``GraphQLError`` where its syntax is wrong or it is too long."""
        most = self._greatest.characters
        if len(text) > most and (refused := self._exceeded("characters", most)):
            raise refused
        most = self._greatest.tokens
        try:
            return parse(text, max_lexical_tokens=most, max_comments=most)
        except GraphQLSyntaxError as error:
            if not error.message.endswith(_ABORTED):
                raise
        if refused := self._exceeded("tokens", most):
            raise refused
        return parse(text)

    def check(self, document: Document) -> list[GraphQLError]:
        """Return which limits a document exceeds, each once."""
        names: Counter[str] = Counter()
        own = {name: _size(one, names) for name, one in document.definitions.items()}
        operations = [_size(one, names) for one in document.operations.values()]
        spread = {name for size in (*own.values(), *operations) for name, _ in size.spreads}
        found = {"comparisons": sum(count * (count - 1) // 2 for count in (*names.values(), len(spread)))}
        whole = _with_spreads(own)
        for operation in operations:
            _spread(operation, whole)
            for limit in ("depth", "aliases", "root_fields", "fields", "directives"):
                found[limit] = max(found.get(limit, 0), getattr(operation, limit))
        exceeded = [
            self._exceeded(limit, most)
            for limit, count in found.items()
            if count > (most := getattr(self._greatest, limit))
        ]
        return [error for error in exceeded if error is not None]

    def _exceeded(self, limit: str, most: int) -> GraphQLError | None:
        is_warning = limit in self._warn_only
        # Who is refused knows; a flood of refusals is not to fill the log.
        log.log(
            logging.WARNING if is_warning else logging.INFO,
            "a document exceeds a limit",
            extra={"limit": limit, "most": most},
        )
        if is_warning:
            return None
        words = limit.replace("_", " ")
        message = f"The document exceeds the limit of {most} for its {words}."
        return GraphQLError(message, extensions={"code": _CODES.get(limit, _ANY_OTHER)})


def _size(definition: OperationDefinitionNode | FragmentDefinitionNode, names: Counter[str]) -> Size:
    """Return what a definition holds by itself, and count the names that its fields have in the answer."""
    size = Size(directives=len(definition.directives or ()))
    sets: list[tuple[SelectionSetNode, int]] = [(definition.selection_set, 0)]
    while sets:
        selections, depth = sets.pop()
        for node in selections.selections:
            size.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                size.fields += 1
                size.depth = max(size.depth, depth + 1)
                if depth == 0:
                    size.root_fields += 1
                if node.alias is not None:
                    size.aliases += 1
                names[(node.alias or node.name).value] += 1
                if node.selection_set is not None:
                    sets.append((node.selection_set, depth + 1))
            elif isinstance(node, FragmentSpreadNode):
                size.spreads.append((node.name.value, depth))
            else:
                sets.append((node.selection_set, depth))  # type: ignore[attr-defined]  # an inline fragment
    return size


def _with_spreads(own: Mapping[str, Size]) -> Mapping[str, Size]:
    """Return fragments with all that they spread; those of a cycle as they are, since validation refuses it."""
    return {name: _spread(own[name], own) for name in _innermost_first(own)}


def _innermost_first(own: Mapping[str, Size]) -> Iterator[str]:
    graph = {name: {spread for spread, _ in size.spreads if spread in own} for name, size in own.items()}
    try:
        return iter(list(TopologicalSorter(graph).static_order()))
    except CycleError:
        return iter(())


def _spread(size: Size, whole: Mapping[str, Size]) -> Size:
    for name, depth in size.spreads:
        if name in whole:
            size.add(whole[name], depth)
    return size
