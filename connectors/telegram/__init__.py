"""Telegram: updates in by long polling or webhook, messages out by the Bot API."""
