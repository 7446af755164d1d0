"""A query with ``@defer`` as several queries without: one for what is told at first, one for each deferred fragment.

In each of them a deferred fragment that is not its own is a mark: a field of a name that no client can give, which the
engine fills like ``__typename``. So the answer says on which objects something is deferred, whatever lists, types and
conditions lead there. The query of a fragment asks for what leads to it, which is known by then, and for the fragment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from graphql.language import BooleanValueNode, StringValueNode, VariableNode

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]
Deferrable: TypeAlias = InlineFragmentNode | FragmentSpreadNode

# Where marks can be: response keys that lead to them, and they themselves.
Marks: TypeAlias = "dict[str, Marks]"

# A name in no document: it has a character that names cannot have.
MARK = "@"
_LEADING = "@leading"


@dataclass(frozen=True)
class Deferral:
    """A deferred fragment.

    Attributes:
        node: Where it stands.
        number: Counts from 0.
        label: What the client calls it.
        condition: Whether it is deferred, or the variable that says so.
    """

    node: Deferrable
    number: int
    label: str | None
    condition: bool | str

    @property
    def mark(self) -> str:
        """The name of the field that stands in its place."""
        return f"{MARK}{self.number}"

    def is_active(self, variables: Mapping[str, Any]) -> bool:
        """Tell whether it is deferred in a request with these variables."""
        return bool(variables.get(self.condition, True)) if isinstance(self.condition, str) else self.condition


def deferrals(operation: OperationDefinitionNode, fragments: Fragments) -> list[Deferral]:
    """Return the deferred fragments of an operation and its fragments, each once."""
    found: list[Deferral] = []
    sets = [operation.selection_set, *(fragment.selection_set for fragment in fragments.values())]
    while sets:
        for node in sets.pop().selections:
            directive = _defer(node)
            if directive is not None and isinstance(node, InlineFragmentNode | FragmentSpreadNode):
                given = {argument.name.value: argument.value for argument in directive.arguments or ()}
                label, condition = given.get("label"), given.get("if")
                found.append(
                    Deferral(
                        node,
                        len(found),
                        label.value if isinstance(label, StringValueNode) else None,
                        condition.name.value
                        if isinstance(condition, VariableNode)
                        else not isinstance(condition, BooleanValueNode) or condition.value,
                    )
                )
            if (inner := getattr(node, "selection_set", None)) is not None:
                sets.append(inner)
    return found


class Splitter:
    """Makes the queries of one operation.

    Args:
        operation: A validated query without ``@stream``.
        fragments: The document's.
        active: What is deferred in it; all else that could be is not.
    """

    def __init__(self, operation: OperationDefinitionNode, fragments: Fragments, active: Sequence[Deferral]) -> None:
        self._operation = operation
        self._fragments = fragments
        self._active = {id(one.node): one for one in active}
        # What of each fragment leads to the one that a query is made for; once, however often it is spread.
        self._led: dict[str, SelectionSetNode | None] = {}

    @cached_property
    def first(self) -> DocumentNode:
        """The query of what is told at first."""
        return self._document(self._plain(self._operation.selection_set), self._plain_fragments)

    def part(self, wanted: Deferral) -> DocumentNode:
        """Return the query of a deferred fragment."""
        self._led = {}
        selections = self._leading(self._operation.selection_set, wanted) or SelectionSetNode(selections=())
        leading = [
            replace(self._fragments[name], name=NameNode(value=_LEADING + name), selection_set=led)
            for name, led in self._led.items()
            if led is not None
        ]
        return self._document(selections, [*self._plain_fragments, *leading])

    @cached_property
    def _plain_fragments(self) -> list[FragmentDefinitionNode]:
        return [replace(one, selection_set=self._plain(one.selection_set)) for one in self._fragments.values()]

    def _document(self, selections: SelectionSetNode, fragments: Sequence[FragmentDefinitionNode]) -> DocumentNode:
        return DocumentNode(definitions=(replace(self._operation, selection_set=selections), *fragments))

    def _plain(self, selections: SelectionSetNode) -> SelectionSetNode:
        """Return selections with marks in the places of what is deferred."""
        return SelectionSetNode(selections=tuple(self._marked(node) for node in selections.selections))

    def _marked(self, node: SelectionNode) -> SelectionNode:
        deferral = self._active.get(id(node))
        if deferral is not None and isinstance(node, InlineFragmentNode | FragmentSpreadNode):
            mark = FieldNode(name=NameNode(value="__typename"), alias=NameNode(value=deferral.mark))
            return self._inline(node, SelectionSetNode(selections=(mark,)))
        return self._whole(node)

    def _whole(self, node: SelectionNode) -> SelectionNode:
        """Return a selection that is not deferred, or not any more."""
        kept = _kept(node)
        inner = getattr(node, "selection_set", None)
        if inner is None:
            return replace(node, directives=kept)
        return replace(node, directives=kept, selection_set=self._plain(inner))  # type: ignore[call-arg]  # it has one

    def _leading(self, selections: SelectionSetNode, wanted: Deferral) -> SelectionSetNode | None:
        """Return what of these selections leads to a deferred fragment, and the fragment; None where nothing does."""
        found = tuple(filter(None, (self._leads(node, wanted) for node in selections.selections)))
        return SelectionSetNode(selections=found) if found else None

    def _leads(self, node: SelectionNode, wanted: Deferral) -> SelectionNode | None:
        if node is wanted.node:
            return self._whole(node)
        kept = _kept(node)
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self._led:
                self._led[name] = self._leading(self._fragments[name].selection_set, wanted)
            if self._led[name] is None:
                return None
            return replace(node, directives=kept, name=NameNode(value=_LEADING + name))
        inner = getattr(node, "selection_set", None)
        selections = None if inner is None else self._leading(inner, wanted)
        if selections is None:
            return None
        return replace(node, directives=kept, selection_set=selections)  # type: ignore[call-arg]  # the same

    def _inline(self, node: Deferrable, selections: SelectionSetNode) -> InlineFragmentNode:
        of = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        return InlineFragmentNode(type_condition=of.type_condition, directives=_kept(node), selection_set=selections)


def _defer(node: SelectionNode) -> DirectiveNode | None:
    return next((one for one in node.directives or () if one.name.value == "defer"), None)


def _kept(node: SelectionNode) -> tuple[DirectiveNode, ...]:
    return tuple(one for one in node.directives or () if one.name.value != "defer")


def marks_in(document: DocumentNode) -> Marks:
    """Return where a document's only operation has marks."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    known: dict[str, Marks] = {}

    def look(selections: SelectionSetNode) -> Marks:
        found: Marks = {}
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in known:
                    known[name] = look(fragments[name].selection_set)
                _merge(found, known[name])
            elif isinstance(node, InlineFragmentNode):
                _merge(found, look(node.selection_set))
            elif isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                below = look(node.selection_set) if node.selection_set else {}
                if below or key.startswith(MARK):
                    _merge(found, {key: below})
        return found

    return look(operation.selection_set)


def _merge(into: Marks, marks: Marks) -> None:
    for key, below in marks.items():
        _merge(into.setdefault(key, {}), below)


def take_marks(
    data: Any,  # noqa: ANN401  a part of an answer
    marks: Marks,
    path: tuple[str | int, ...] = (),
) -> Iterator[tuple[int, tuple[str | int, ...]]]:
    """Take the marks out of an answer; yields the number of what is deferred, and the path of the object."""
    if isinstance(data, list):
        for place, item in enumerate(data):
            yield from take_marks(item, marks, (*path, place))
    elif isinstance(data, dict):
        for key, below in marks.items():
            if key.startswith(MARK):
                if data.pop(key, None) is not None:
                    yield int(key.removeprefix(MARK)), path
            elif (value := data.get(key)) is not None:
                yield from take_marks(value, below, (*path, key))
