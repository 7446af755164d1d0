"""Who may see what, as the schema says it and the engine holds it.

Whose something is, no directive can say: that is checked where it is loaded (resolvers/context.py).
"""

from strawberry.federation.schema_directives import Authenticated, RequiresScopes

from resolvers.context import READ_ANY

# For types of what belongs to somebody, and fields that act for somebody.
SIGNED_IN = [Authenticated()]
SUPPORT = [RequiresScopes(scopes=[[READ_ANY]])]
