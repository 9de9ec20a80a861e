"""Molecule on the rig: each role against a bare host. See README.md in this folder."""
