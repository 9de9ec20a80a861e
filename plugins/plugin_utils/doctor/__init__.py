"""What only the control machine can judge of a host: DNS, and what a converge would change; the rest is on the host."""
