"""NLU components: the reader, which sets features and entities, and the mixed intent classifier."""
