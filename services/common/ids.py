import secrets
from typing import Final

# Crockford's base 32: no letters that look like digits.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """Draw an id; 80 bits of chance keep it unique."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(16))}"
