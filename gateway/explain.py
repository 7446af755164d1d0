"""What an operation does, told before it runs: its levels, the calls that it can make, and its cost."""

from collections.abc import Mapping
from typing import Any

from downstream.command import Command
from downstream.endpoint import MAX_KEYS, Entity
from engine.code import compile_plan
from engine.explain import Load, demands, describe, loads_of, steps
from engine.planner import NotCompiledError
from loaders.declaration import Declaration
from schema import Schema


def explain(
    schema: Schema, query: str, variables: Mapping[str, Any], operation: str | None, *, with_source: bool
) -> str:
    """Return a plan as text.

    Args:
        schema: What the operation is asked of.
        query: A document.
        variables: Its variables: lists are as long as they say.
        operation: Which operation is meant, where the document has several.
        with_source: Whether the Python that it was compiled to is shown as well.

    Raises:
        GraphQLError: The document or its variables cannot be used.
    """
    try:
        plan, estimate = schema.plan(query, dict(variables), operation)
    except NotCompiledError as reason:
        return f"graphql-core executes it: {reason}"
    document = schema.documents.get(query)
    in_parts = document.whole is not document and document.split(operation, variables) is None
    found = steps(plan, estimate)
    loads = sorted(loads_of(found), key=_place)
    levels = max((step.level for step in found), default=0)
    parts = [
        f"compiled: {len(plan.fields)} fields, {len(found)} resolvers on {levels} levels; cost {estimate.cost:,}",
        describe(plan, estimate, _name),
        "downstream, at most\n" + ("\n".join(map(_call, loads)) or "  nothing"),
        f"graphql-core executes\n  {'all of it, for a client that takes it in parts' if in_parts else 'nothing'}",
        "who may ask\n" + ("\n".join(f"  {path}: {needed}" for path, needed in demands(plan)) or "  anybody"),
    ]
    return "\n\n".join(parts + ([compile_plan(plan, {}).rstrip()] if with_source else []))


def _call(load: Load) -> str:
    if isinstance(load.loader, Command):
        return f"  {load.loader.service:<8} POST {load.loader.path:<30} 1 command"
    if not isinstance(load.loader, Declaration):
        raise TypeError(f"{load.loader!r} is no loader")
    endpoint = load.loader.endpoint
    calls = -(-load.keys // MAX_KEYS)
    keys = f"{load.keys:,} key{'s' * (load.keys != 1)} in {calls} call{'s' * (calls != 1)}"
    return f"  {endpoint.service:<8} POST {endpoint.path:<30} {keys}"


def _place(load: Load) -> tuple[str, str]:
    asked = load.loader.endpoint if isinstance(load.loader, Declaration) else load.loader
    return (asked.service, asked.path) if isinstance(asked, Entity | Command) else ("", "")


def _name(loader: object) -> str:
    if isinstance(loader, Command):
        return loader.path.removeprefix("/v1/")
    return loader.name if isinstance(loader, Declaration) else str(loader)
