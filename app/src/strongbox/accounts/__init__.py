"""Who may come in: accounts, passwords, sessions. Holds no record and no key of a vault."""
