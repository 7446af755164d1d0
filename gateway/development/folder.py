"""Where a development machine keeps its things."""

from pathlib import Path

# The seed, the shop that is made from it, the issuer's key and the logs.
DATA = Path(".data")
# Where a running issuer's address is kept, below the data folder, for `order-center token`.
ISSUER_URL_FILE = "issuer-url"
