"""Articles, and finding the one that answers: load, split, index, search, decide, check."""
