"""Copies of the apps' data off this host: made, read back, and fetched again."""
