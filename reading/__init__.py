"""A text becomes a Reading: its language, tokens, entities and sentence vector."""
