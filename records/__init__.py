"""Memory: tables, migrations, one module of functions per noun, inbox, outbox, jobs."""
