"""Every browser page: one shell, session, CSRF and layout; a module per page group."""
