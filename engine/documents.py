"""Documents, parsed and validated once each and kept, refused ones too."""

from dataclasses import dataclass, field
from typing import Protocol

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation import recommended_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from engine.plans import Bounded

# Measured with tracemalloc, validated documents of 17 to 1,760 characters: nodes, and what validation leaves on them.
BYTES_PER_DOCUMENT = 25_000
BYTES_PER_CHARACTER = 70
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
    """

    node: DocumentNode
    errors: list[GraphQLError] | None = None
    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDetails] = field(default_factory=dict)
    definitions: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    has_fragment_variables: bool = False

    def __post_init__(self) -> None:
        """Sort the definitions."""
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
        self._documents: Bounded[Document | GraphQLError] = Bounded(max_bytes)

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
            try:
                known = Document(self._limits.parse(text))
            except GraphQLError as error:
                known = error
            except RecursionError:
                known = GraphQLError("The document is nested too deeply.")
            self._documents.put(text, known, BYTES_PER_DOCUMENT + BYTES_PER_CHARACTER * len(text))
        if isinstance(known, GraphQLError):
            raise known
        return known

    def validate(self, document: Document) -> list[GraphQLError]:
        """Return why a document is refused; empty where it is valid."""
        if document.errors is None:
            document.errors = self._limits.check(document) or validate(
                self._schema, document.node, VALIDATION_RULES, hide_suggestions=self._hide_suggestions
            )
        return document.errors
