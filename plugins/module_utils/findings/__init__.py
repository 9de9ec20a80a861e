"""What is wrong, with its value, where to change it and what to run next: one form for every place that judges."""
