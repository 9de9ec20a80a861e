"""What visitors get, and what they must not reach: probes from the control machine, and how to judge them."""
