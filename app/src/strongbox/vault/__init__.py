"""One encrypted database per person: keys, opening, rotation, records.

Read in this order: `paths` (where a vault is, and its lock), `keyring` and `keyfile` (keys, wrapped), `cipher`
(SQLCipher), `store` (create, open, destroy), `rotation` (new keys), `schema` (migrations), `records`.
"""
