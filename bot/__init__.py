"""The running program: settings, composition, the conversation's story, the engine's client, commands."""
