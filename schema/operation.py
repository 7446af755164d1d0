"""Which operation of a document is meant: Strawberry takes the first of several, the specification refuses to guess."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension


class NamedOperation(SchemaExtension):
    """Refuses a document of several operations when none is named."""

    def on_parse(self) -> Iterator[None]:
        """Look at the document once it is parsed."""
        yield
        context = self.execution_context
        document = context.graphql_document
        if document is None or context._provided_operation_name is not None:  # noqa: SLF001  the other name is guessed
            return
        if sum(isinstance(part, OperationDefinitionNode) for part in document.definitions) > 1:
            message = "The document has several operations: name the one that is meant."
            context.pre_execution_errors = [GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})]
