"""Users and their logins, without Flask."""
