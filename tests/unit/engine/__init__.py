"""The engine's rules, by a Docker engine, a Compose and a clock that are made up: each deploy takes milliseconds."""
