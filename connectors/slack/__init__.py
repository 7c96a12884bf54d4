"""Slack: direct messages and mentions of customers, and the team's threads, by Socket Mode or HTTP."""
