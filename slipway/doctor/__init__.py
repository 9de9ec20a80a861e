"""`make doctor`: is the host well, and if not, what mends it?"""
