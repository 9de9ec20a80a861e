"""The host's own look at itself, by a timer. What two looks in a row see is told, and its end likewise."""
