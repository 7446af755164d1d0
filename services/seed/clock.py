from datetime import UTC, datetime
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# The world stands still at this moment, so that the same seed gives the same rows on any day.
NOW: Final = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp())
OPENING: Final = int(datetime(2023, 11, 24, tzinfo=UTC).timestamp())
