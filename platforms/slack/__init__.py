"""A Slack of one's own: the documented Web API, Socket Mode and signed HTTP events, and people to play."""
