"""People: hand-off, tickets' rules, the team's accounts, and what may reach a customer."""
