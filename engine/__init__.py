"""What Rasa loads, and the launcher that serves it: the fenced process on Python 3.10. Never imports the app."""
