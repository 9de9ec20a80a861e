"""Is this host well? Pure checks over its report; each finding has a code, a sentence and the command that mends it."""
