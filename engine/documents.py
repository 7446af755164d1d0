"""Documents, parsed and validated once each and kept, refused ones too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    VisitorAction,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation import recommended_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from engine.deferral import Deferral, Marks, Splitter, deferrals, marks_in
from engine.plans import Bounded

# Measured with tracemalloc, validated documents of 17 to 1,760 characters: nodes, and what validation leaves on them.
BYTES_PER_DOCUMENT = 25_000
BYTES_PER_CHARACTER = 70
# Fragments that are deferred in one operation, and combinations of conditions of these; beyond, graphql-core executes.
MAX_DEFERRED = 10
MAX_SPLITS = 4
# Of all bytes, for one document.
GREATEST_SHARE = 0.25
# They ask for an answer in parts.
DIRECTIVES = ("defer", "stream")
VALIDATION_RULES = (*specified_rules, *recommended_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(eq=False)
class Document:
    """A parsed document.

    Attributes:
        node: The document.
        errors: Why it is refused; empty where it is valid, None while nobody has looked.
        operations: Its operations by name; the empty name stands for one without.
        fragments: Its fragments as graphql-core's executor takes them.
        definitions: The same fragments as resolvers' infos show them.
        has_fragment_variables: Whether only graphql-core can make an executor for it.
        whole: The same without ``@defer`` and ``@stream``, once it is valid; itself where it has none.
        splits: What its operations are answered in, by their name and what is deferred.
    """

    node: DocumentNode
    errors: list[GraphQLError] | None = None
    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDetails] = field(default_factory=dict)
    definitions: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    has_fragment_variables: bool = False
    whole: "Document" = field(init=False)
    splits: dict[tuple[str, tuple[int, ...]], "Split"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the definitions."""
        self.whole = self
        for definition in self.node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self.operations.setdefault(definition.name.value if definition.name else "", definition)
            elif isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = FragmentDetails(definition)
                self.definitions[definition.name.value] = definition
                self.has_fragment_variables |= bool(definition.variable_definitions)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the named operation, or the only one where none is named; None where there is none such."""
        if name is not None:
            return self.operations.get(name) if name else None
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None

    def split(self, name: str | None, variables: Mapping[str, Any]) -> "Split | None":
        """Return the documents that an operation is answered with in parts; None where graphql-core must do it."""
        operation = self.operation(name)
        if operation is None or operation.operation is not OperationType.QUERY:
            return None
        if self.has_fragment_variables or self._streams:
            return None
        found = deferrals(operation, self.definitions)
        active = [one for one in found if one.is_active(variables)]
        key = (operation.name.value if operation.name else "", tuple(one.number for one in active))
        split = self.splits.get(key)
        if split is None:
            if len(active) > MAX_DEFERRED or len(self.splits) >= MAX_SPLITS:
                return None
            split = self.splits[key] = Split(Splitter(operation, self.definitions, active), active)
        return split

    @cached_property
    def marks(self) -> Marks:
        """Where its answer has marks."""
        return marks_in(self.node)

    @cached_property
    def _streams(self) -> bool:
        found = _Streams()
        visit(self.node, found)
        return found.any


class Split:
    """The documents that one operation is answered with in parts, each made when it is needed.

    Args:
        splitter: Makes them.
        active: What is deferred.
    """

    def __init__(self, splitter: Splitter, active: Sequence[Deferral]) -> None:
        self.deferrals = {one.number: one for one in active}
        self._splitter = splitter
        self._parts: dict[int, Document] = {}

    @cached_property
    def first(self) -> Document:
        """What is told at first."""
        return Document(self._splitter.first, errors=[])

    def part(self, deferral: Deferral) -> Document:
        """Return a deferred fragment's."""
        part = self._parts.get(deferral.number)
        if part is None:
            part = self._parts[deferral.number] = Document(self._splitter.part(deferral), errors=[])
        return part


class _Streams(Visitor):
    """Looks for ``@stream``."""

    any = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.any = self.any or node.name.value == "stream"


class _Whole(Visitor):
    """Takes out what asks for an answer in parts."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> VisitorAction:
        return REMOVE if node.name.value in DIRECTIVES else None


class Limits(Protocol):
    """What documents must keep to beside the language's own rules. Asked once for each document."""

    def parse(self, text: str) -> DocumentNode:
        """Return the document; raises ``GraphQLError`` where its syntax is wrong or it is too long."""

    def check(self, document: Document) -> list[GraphQLError]:
        """Return why a document is refused without being validated, which can take long."""


class Unlimited:
    """Everything goes that the language allows."""

    def parse(self, text: str) -> DocumentNode:
        """Return the document; raises ``GraphQLError`` where its syntax is wrong."""
        return parse(text)

    def check(self, _document: Document) -> list[GraphQLError]:
        """Return nothing."""
        return []


def _copies(text: str) -> int:
    """Return as how many documents one can be kept: each deferred fragment becomes one, for each set of conditions."""
    deferred = sum(text.count(name) for name in DIRECTIVES)
    if not deferred:
        return 1
    return 2 + (1 + min(deferred, MAX_DEFERRED)) * (MAX_SPLITS if "if" in text else 1)


def _usable(known: Document | GraphQLError) -> Document:
    if isinstance(known, GraphQLError):
        # Each time another: an exception remembers everybody who was on its way.
        raise _copy(known)
    return known


def _copy(error: GraphQLError) -> GraphQLError:
    """Return the same error, as if nobody had raised it yet."""
    copied = type(error).__new__(type(error), error.message)
    for slot in GraphQLError.__slots__:
        setattr(copied, slot, getattr(error, slot))
    copied.__dict__.update(error.__dict__)
    return copied


class Documents:
    """The documents that were sent lately.

    Args:
        schema: What they are validated against.
        max_bytes: Greatest size of all together.
        limits: What else they must keep to.
        hide_suggestions: Whether messages leave out which names there are.
    """

    def __init__(
        self, schema: GraphQLSchema, *, max_bytes: int, limits: Limits | None = None, hide_suggestions: bool = False
    ) -> None:
        self._schema = schema
        self._limits = limits or Unlimited()
        self._hide_suggestions = hide_suggestions
        self._documents: Bounded[Document | GraphQLError] = Bounded(max_bytes, greatest=GREATEST_SHARE)

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._documents)

    @property
    def bytes(self) -> int:
        """Size of all that are kept."""
        return self._documents.bytes

    def get(self, text: str) -> Document:
        """Return a document, parsed; raises ``GraphQLError`` where its syntax is wrong."""
        known = self._documents.get(text)
        if known is None:
            known = self._parsed(text)
            size = BYTES_PER_DOCUMENT + BYTES_PER_CHARACTER * len(text)
            self._documents.put(text, known, size * _copies(text))
        return _usable(known)

    def look(self, text: str) -> Document:
        """Return a document for a request that will get it, too; raises ``GraphQLError`` as ``get`` does.

        It is neither kept nor kept longer: what one request asks for twice has not come twice.
        """
        known = self._documents.look(text)
        return _usable(self._parsed(text) if known is None else known)

    def _parsed(self, text: str) -> Document | GraphQLError:
        try:
            return Document(self._limits.parse(text))
        except GraphQLError as error:
            # Without what was being done when it was raised, for as long as it is kept.
            return _copy(error)
        except RecursionError:
            return GraphQLError("The document is nested too deeply.")

    def validate(self, document: Document) -> list[GraphQLError]:
        """Return why a document is refused; empty where it is valid."""
        if document.errors is None:
            document.errors = self._limits.check(document) or validate(
                self._schema, document.node, VALIDATION_RULES, hide_suggestions=self._hide_suggestions
            )
            if not document.errors and (node := visit(document.node, _Whole())) is not document.node:
                document.whole = Document(node, errors=[])
        return document.errors
