"""Scalars and enums as compiled code sees them: which values are JSON already, and the names of enum members."""

from enum import Enum, Flag
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
)
from msgspec import inspect

# What a value must not be, for the scalars whose values are JSON already.
_UNFIT = {
    "text": "type({0}) is not str",
    "boolean": "{0} is not True and {0} is not False",
    "int": "type({0}) is not int or not -2147483648 <= {0} <= 2147483647",
    "float": "type({0}) is not float or {0} - {0} != 0.0",
}
# What a decoder has made sure of where no check is needed. An integer may still need more than 32 bits.
_DECODED: dict[str | None, type[inspect.Type]] = {
    "text": inspect.StrType,
    "boolean": inspect.BoolType,
    "float": inspect.FloatType,
}


def unfit(type_: Any, value: str) -> str | None:  # noqa: ANN401  a scalar or an enum
    """Return the Python that tells whether a variable's value needs coercion; None where only the type knows."""
    kind = _kind(type_)
    return _UNFIT[kind].format(value) if kind else None


def is_sure(type_: Any, info: inspect.Type) -> bool:  # noqa: ANN401  the same
    """Tell whether what a decoder has made sure of needs neither check nor coercion, or is a member of the enum."""
    if isinstance(info, inspect.EnumType):
        return info.cls is getattr(type_, "wrapped_cls", None) and enum_names(type_) is not None
    kind = _kind(type_)
    return kind in _DECODED and isinstance(info, _DECODED[kind])


def enum_names(type_: Any) -> dict[Enum, str] | None:  # noqa: ANN401  the same
    """Return the names of a Python enum's members; None where the values are something else."""
    class_ = getattr(type_, "wrapped_cls", None)
    if not isinstance(type_, GraphQLEnumType) or not isinstance(class_, type) or not issubclass(class_, Enum):
        return None
    if issubclass(class_, Flag) or not len(class_):
        return None
    try:
        return {member: type_.coerce_output_value(member) for member in class_}
    except Exception:  # noqa: BLE001  an enum that cannot be written down beforehand is looked up value by value
        return None


def _kind(type_: Any) -> str | None:  # noqa: ANN401  the same
    if not isinstance(type_, GraphQLScalarType):
        return None
    coerce = type_.coerce_output_value
    if coerce in (str, GraphQLString.coerce_output_value, GraphQLID.coerce_output_value):
        return "text"
    if coerce == GraphQLInt.coerce_output_value:
        return "int"
    if coerce == GraphQLFloat.coerce_output_value:
        return "float"
    return "boolean" if coerce == GraphQLBoolean.coerce_output_value else None
