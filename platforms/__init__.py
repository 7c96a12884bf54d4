"""Local stand-ins of the platforms, for tests and for trying by hand: they import nothing of ours."""
