"""Independent checkers, run on the host out of a temporary folder: nothing is installed, nothing stays."""
