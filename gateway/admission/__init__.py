"""Who may ask what, and how much: identity, documents, limits, rates."""
