"""Passwords and passphrases: made, shown once, kept nowhere."""
