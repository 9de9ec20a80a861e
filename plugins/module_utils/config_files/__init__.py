"""Configuration files as a set: compare, check with the program that reads them, write in one go."""
