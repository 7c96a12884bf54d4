"""Hand-offs under random schedules: who owns a conversation, whatever happens in whatever order."""
