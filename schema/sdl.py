"""The schema as text: what composition needs, and what clients see."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from graphql import DirectiveDefinitionNode, SchemaDefinitionNode, parse
from graphql.type import specified_directives
from graphql.utilities.print_schema import print_directive

from schema import Schema

# Composition defines them, and clients are told of them too.
ACCESS = frozenset({"authenticated", "requiresScopes"})


def subgraph_sdl(schema: Schema) -> str:
    """Return what routers get from ``_service`` and teams compose with their own."""
    return schema.as_str() + "\n"


def api_sdl(schema: Schema) -> str:
    """Return what clients see: without Federation's own types and fields, and the directives that it alone defines."""
    sdl = subgraph_sdl(schema)
    definitions = parse(sdl).definitions
    defined = {one.name.value for one in definitions if isinstance(one, DirectiveDefinitionNode)}
    known = defined | {one.name for one in specified_directives} | ACCESS
    # It is cut out and not printed anew, so that the form stays.
    for start, end in reversed(list(_federations(definitions, len(sdl), known))):
        sdl = sdl[:start] + sdl[end:]
    # What clients are told of access is not linked from anywhere.
    access = [print_directive(one) for one in schema.all_directives if one.name in ACCESS]
    return "\n\n".join([*access, sdl.rstrip()]) + "\n"


def _federations(nodes: Sequence[Any], end: int, known: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Yield where Federation's own begins and ends in the text, in its order."""
    ends = [*(node.loc.start for node in nodes[1:]), end]
    for node, until in zip(nodes, ends, strict=bool(nodes)):
        if isinstance(node, SchemaDefinitionNode) or node.name.value.startswith("_"):
            yield node.loc.start, until
            continue
        cuts = [
            (one.loc.start - 1, one.loc.end)
            for one in getattr(node, "directives", None) or ()
            if one.name.value not in known
        ]
        for inner in ("arguments", "fields", "values"):
            cuts += _federations(getattr(node, inner, None) or (), node.loc.end, known)
        yield from sorted(cuts)
