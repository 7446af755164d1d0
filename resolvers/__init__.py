"""From parent records and arguments to records: ownership, clamps and paging. No GraphQL types here."""
