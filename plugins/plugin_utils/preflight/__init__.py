"""What `preflight` refuses before anything is touched: pure functions that return findings."""
