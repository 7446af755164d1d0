"""Which operation of a document is meant: Strawberry takes the first of several, the specification refuses to guess."""

from collections.abc import Iterator

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension


class NamedOperation(SchemaExtension):
    """Refuses a document of several operations when none is named."""

    def on_validate(self) -> Iterator[None]:
        """Look at the parsed document; after the cache of validations, which sets the errors anew."""
        context = self.execution_context
        document = context.graphql_document
        is_named = context._provided_operation_name is not None  # noqa: SLF001  the public name may be a guess
        if document is not None and not is_named and _operations(document) > 1:
            message = "The document has several operations: name the one that is meant."
            context.pre_execution_errors = [GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})]
        yield


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(part, OperationDefinitionNode) for part in document.definitions)
