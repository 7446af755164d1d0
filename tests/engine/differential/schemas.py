"""graphql-core's schemas for generated shapes, with resolvers that take what they give from the generated data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    parse_const_value,
    specified_scalar_types,
)
from strawberry.types.field import StrawberryField

from engine import Batches, batch_field
from engine.planner import PLAIN_RESOLVER
from tests.engine.differential.documents import WHERE
from tests.engine.differential.shapes import ENUM, FieldShape, ObjectShape, Shape
from tests.engine.differential.values import BLUE
from tests.engine.differential.world import Cell, Soon, World, pause


@dataclass
class Context:
    """What a request carries."""

    world: World
    batches: Batches = field(default_factory=Batches)


def build_schema(shape: Shape) -> GraphQLSchema:
    """Return an executable schema."""
    return _Building(shape).schema()


class _Building:
    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._types: dict[str, Any] = {
            **specified_scalar_types,
            ENUM: GraphQLEnumType(ENUM, {"RED": "red", "GREEN": 2, "BLUE": BLUE}),
            "Odd": GraphQLScalarType("Odd", coerce_output_value=_odd_output, coerce_input_value=_odd_input),
        }
        self._types["Where"] = GraphQLInputObjectType("Where", self._where)

    def schema(self) -> GraphQLSchema:
        for name, fields in self._shape.interfaces.items():
            self._types[name] = GraphQLInterfaceType(
                name, partial(self._plain_fields, fields), resolve_type=self._resolve_type(name)
            )
        for name, members in self._shape.unions.items():
            self._types[name] = GraphQLUnionType(
                name, partial(self._members, members), resolve_type=self._resolve_type(name)
            )
        for shape in self._shape.objects.values():
            self._types[shape.name] = self._object(shape)
        query, mutation, subscription = (self._types[name] for name in ("Query", "Mutation", "Subscription"))
        return GraphQLSchema(query, mutation, subscription, types=list(self._types.values()))

    def _plain_fields(self, fields: list[FieldShape]) -> dict[str, GraphQLField]:
        return {one.name: self._field(one) for one in fields}

    def _members(self, names: list[str]) -> list[GraphQLObjectType]:
        return [self._types[name] for name in names]

    def _object(self, shape: ObjectShape) -> GraphQLObjectType:
        def fields() -> dict[str, GraphQLField]:
            return {one.name: self._resolved(shape, one, way) for one, way in shape.fields.items()}

        interfaces = [self._types[name] for name in shape.interfaces]
        return GraphQLObjectType(shape.name, fields, interfaces, _is_type_of(shape) if shape.checks else None)

    def _resolved(self, shape: ObjectShape, one: FieldShape, way: str) -> GraphQLField:
        made = self._field(one, shape.type_of(one))
        if shape.name == "Subscription":
            made.subscribe = _subscribe
        if way == "sync":
            made.resolve = _resolve
        elif way == "async":
            made.resolve = _resolve_later(len(one.name) + len(one.type) & 1)
        elif way == "read":
            strawberry_field = StrawberryField(python_name=one.name)
            made.extensions = {"strawberry-definition": strawberry_field}
            made.resolve = _reads(one.name)
        elif way == "batch":
            is_awaited = one.type.endswith("!")
            strawberry_field = batch_field(_batch(one.name, is_awaited=is_awaited), description="")
            made.extensions = {"strawberry-definition": strawberry_field}
            made.resolve = _collects(strawberry_field) if is_awaited else _alone(strawberry_field)
        return made

    def _field(self, one: FieldShape, type_: str = "") -> GraphQLField:
        arguments = {
            name: GraphQLArgument(
                self._type(of),
                default=GraphQLDefaultInput(literal=parse_const_value(default)) if default else None,
                out_name="named_otherwise" if name == "number" else None,
            )
            for name, of, default in one.arguments
        }
        return GraphQLField(self._type(type_ or one.type), arguments)

    def _type(self, text: str) -> Any:
        if text.endswith("!"):
            return GraphQLNonNull(self._type(text[:-1]))
        if text.startswith("["):
            return GraphQLList(self._type(text[1:-1]))
        return self._types[text]

    def _where(self) -> dict[str, GraphQLInputField]:
        fields = {name: GraphQLInputField(self._type(type_)) for name, type_ in WHERE.items()}
        fields["size"] = GraphQLInputField(self._type("Int"), default_value=3, out_name="size_")
        return fields

    def _resolve_type(self, name: str) -> Callable[..., Any] | None:
        resolution = self._shape.resolutions[name]
        if resolution == "resolve_type":
            return lambda value, _info, _type: _kind(value)
        return _kind_later if resolution == "async resolve_type" else None


def _kind(value: object) -> Any:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if callable(kind):
        raise kind()
    return kind


async def _kind_later(value: object, _info: object, _type: object) -> Any:
    await pause(1)
    return _kind(value)


def _is_type_of(shape: ObjectShape) -> Callable[[Any, Any], Any]:
    async def later(value: object, _info: object) -> bool:
        await pause(1)
        return bool(_kind(value) == shape.name)

    return later if shape.checks == "async" else lambda value, _info: _kind(value) == shape.name


def _open(source: object, name: str) -> Any:
    held = source.get(name) if isinstance(source, dict) else getattr(source, name, None)
    return held.open() if isinstance(held, Cell) else held


def _told(value: Any, arguments: dict[str, Any]) -> Any:
    return f"{value} {arguments}" if arguments and type(value) is str else value


def _resolve(source: object, info: Any, **arguments: Any) -> Any:
    info.context.world.note("sync", info, arguments)
    return _told(_open(source, info.field_name), arguments)


def _resolve_later(turns: int) -> Callable[..., Any]:
    async def resolve(source: object, info: Any, **arguments: Any) -> Any:
        info.context.world.note("async", info, arguments)
        await pause(turns)
        value = _open(source, info.field_name)
        # An awaitable must not give another: graphql-core takes that for the value, the engine awaits it too.
        return _told(await value if isinstance(value, Soon) else value, arguments)

    return resolve


def _reads(name: str) -> Callable[..., Any]:
    def resolve(source: object, _info: object) -> Any:
        return getattr(source, name)

    resolve.__name__ = PLAIN_RESOLVER
    return resolve


def _batch(name: str, *, is_awaited: bool) -> Callable[..., Any]:
    def resolve(parents: Sequence[object], context: Context) -> list[Any]:
        context.world.calls += [("batch", name)] * len(parents)
        return [_opened(parent, name) for parent in parents]

    async def resolve_later(parents: Sequence[object], context: Context) -> list[Any]:
        await pause(1)
        return resolve(parents, context)

    return resolve_later if is_awaited else resolve


def _opened(source: object, name: str) -> Any:
    try:
        value = _open(source, name)
        return None if isinstance(value, Soon) else value
    except Exception as error:  # noqa: BLE001  one value or exception per parent
        return error


def _collects(batched: Any) -> Callable[..., Any]:
    def resolve(source: object, info: Any) -> Any:
        return info.context.batches.resolve(batched, source, _Told(info), {})

    return resolve


def _alone(batched: Any) -> Callable[..., Any]:
    """Answer a batch field for one parent, without the await that collecting its siblings would take."""

    def resolve(source: object, info: Any) -> Any:
        return batched.resolver([source], info.context)[0]

    return resolve


@dataclass
class _Told:
    """Strawberry's info, as far as a batch looks at it."""

    _raw_info: Any

    @property
    def context(self) -> Context:
        context: Context = self._raw_info.context
        return context


def _subscribe(_source: Any, info: Any, **arguments: Any) -> Any:
    info.context.world.note("subscribe", info, arguments)
    return _events(info.context.world)


async def _events(world: World) -> Any:
    for _ in range(2):
        await pause(1)
        yield world.root


def _odd_output(value: Any) -> Any:
    if isinstance(value, str):
        if value == "refuse":
            raise ValueError("refused")
        if value == "coded":
            raise GraphQLError("refused", extensions={"code": "ODD"})
        if value in ("null", "undefined"):
            return None if value == "null" else Undefined
    return value


def _odd_input(value: Any) -> Any:
    if value == "nothing":
        raise ValueError("refused")
    return value
