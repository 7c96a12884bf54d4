"""What speaks for and against a candidate model, measured in the engine's Python; the app's gate decides."""
