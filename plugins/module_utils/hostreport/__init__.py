"""What a host says about itself, read in one round trip. Reads only: nothing here changes the host.

One file a topic, each with `read()`. An unreadable detail is empty or absent, never an exception.
"""
