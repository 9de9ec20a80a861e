"""Is this host safe? What independent checkers say, as scores with targets, and the kit's own look at containers."""
