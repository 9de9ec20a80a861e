"""A set of configuration files that only make sense together: compare, validate, replace, activate, or put back."""
