"""A stand-in of the Telegram Bot API: documented methods, errors, updates, and a page to play customers."""
