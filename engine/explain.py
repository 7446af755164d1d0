"""A plan for people: its levels, what each can load and how much of it, and what graphql-core would execute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strawberry.types.field import StrawberryField

from engine.access import Access
from engine.cost import Estimate
from engine.directives import BACKREF
from engine.loads import Loads, loaded_by
from engine.plan import Field, Plan, Selection, Way


@dataclass(frozen=True)
class Step:
    """A resolver of a level.

    Attributes:
        level: From 1; resolvers of one level are asked together.
        path: Response keys from the root.
        field: The field.
        parents: How many parents it can have.
        loads: What it may load.
    """

    level: int
    path: str
    field: Field
    parents: int
    loads: Loads


@dataclass(frozen=True)
class Load:
    """What an operation can ask of one loader.

    Attributes:
        loader: As the resolvers have declared it.
        keys: Greatest number of keys.
    """

    loader: object
    keys: int


def steps(plan: Plan, estimate: Estimate) -> list[Step]:
    """Return the resolvers that a plan asks, level by level; one that is reached on several ways is shown once."""
    found: dict[Field, Step] = {}

    def visit(selection: Selection, level: int, path: str) -> None:
        for field in selection.fields:
            is_step = field.resolved or (selection is plan.root and field.way is not Way.TYPENAME)
            if field in found:
                continue
            where = f"{path}.{field.key}" if path else field.key
            if is_step:
                loads = loaded_by(_resolver(field))
                found[field] = Step(level, where, field, estimate.parents.get(field, 1), loads)
            for child in field.selections.values():
                visit(child, level + 1 if is_step else level, where)

    visit(plan.root, 1, "")
    return sorted(found.values(), key=lambda step: step.level)


def loads_of(found: Sequence[Step]) -> list[Load]:
    """Return what steps can ask of loaders; what several fields of one object load alike is asked for once."""
    keys: dict[object, dict[tuple[str, str], int]] = {}
    for step in found:
        alike = (step.path.rpartition(".")[0], step.loads.key)
        for loader in step.loads.loaders:
            of_loader = keys.setdefault(loader, {})
            of_loader[alike] = max(step.parents, of_loader.get(alike, 0))
    return [Load(loader, sum(of_loader.values())) for loader, of_loader in keys.items()]


def demands(plan: Plan) -> list[tuple[str, Access]]:
    """Return the fields that need something of the caller, by path; not those inside others that need no less."""
    found: dict[Field, tuple[str, Access]] = {}

    def visit(selection: Selection, path: str, had: Access | None) -> None:
        for field in selection.fields:
            where = f"{path}.{field.key}" if path else field.key
            needed = had if field.access is None else field.access if had is None else had & field.access
            if needed is not None and needed != had:
                found.setdefault(field, (where, needed))
            for child in field.selections.values():
                visit(child, where, needed)

    visit(plan.root, "", None)
    return list(found.values())


def describe(plan: Plan, estimate: Estimate, name: Callable[[object], str]) -> str:
    """Return a plan's levels as text.

    Args:
        plan: The plan.
        estimate: How much it can ask for.
        name: Names a loader.
    """
    found = steps(plan, estimate)
    width = max((len(step.path) for step in found), default=0)
    lines: list[str] = []
    level = 0
    for step in found:
        if step.level != level:
            level = step.level
            lines.append(f"level {level}")
        loads = ", ".join(map(name, step.loads.loaders)) or "-"
        lines.append(f"  {step.path:<{width}}  {step.parents:>6,} x  {step.field.way.value:<5}  {loads}")
    return "\n".join(lines)


def _resolver(field: Field) -> object:
    strawberry_field = field.definition.extensions.get(BACKREF)
    if field.batch is not None:
        return field.batch.resolver
    if isinstance(strawberry_field, StrawberryField) and strawberry_field.base_resolver is not None:
        return strawberry_field.base_resolver.wrapped_func
    return None
