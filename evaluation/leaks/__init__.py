"""What colleagues write in Slack threads, at random: only what is meant for a customer may reach one."""
