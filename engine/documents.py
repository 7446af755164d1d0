"""Documents, parsed and validated once each and kept, refused ones too."""

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
)
from graphql.execution.collect_fields import FragmentDetails
from strawberry.schema.schema import validate_document

from engine.plans import Bounded

# Measured with tracemalloc, validated documents of 17 to 1,760 characters: nodes, and what validation leaves on them.
BYTES_PER_DOCUMENT = 25_000
BYTES_PER_CHARACTER = 70


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


class Documents:
    """The documents that were sent lately.

    Args:
        schema: What they are validated against.
        max_bytes: Greatest size of all together.
    """

    def __init__(self, schema: GraphQLSchema, *, max_bytes: int) -> None:
        self._schema = schema
        self._documents: Bounded[Document | GraphQLError] = Bounded(max_bytes)

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._documents)

    def get(self, text: str) -> Document:
        """Return a document, parsed; raises ``GraphQLError`` where its syntax is wrong."""
        known = self._documents.get(text)
        if known is None:
            try:
                known = Document(parse(text))
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
            document.errors = validate_document(self._schema, document.node, tuple(specified_rules))
        return document.errors
