"""What a federated graph is told of fields, for those who compose it."""

from strawberry.federation.schema_directives import Tag

# Tells of a person: a contract for partners can leave out all that has it.
PERSONAL = [Tag(name="personal")]
