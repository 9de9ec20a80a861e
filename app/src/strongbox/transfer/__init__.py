"""Records in and out of other programs."""
