"""What a site answers over HTTPS."""
