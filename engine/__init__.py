"""What Rasa loads and the launcher that serves it: the fenced process. Never imports the app."""
