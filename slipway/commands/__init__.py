"""One file per verb, or per family of verbs: what may be typed, and which function does it."""
