"""Make sure that a systemd service runs what is installed now."""
