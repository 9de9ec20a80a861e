"""The laptop's tunnel: a public address for something that listens on this machine, for as long as one watches."""
