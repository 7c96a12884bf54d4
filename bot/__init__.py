"""The running program: settings, composition, the conversation's story, engine client, supervisor, commands."""
