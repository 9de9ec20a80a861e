"""`slipway doctor ENV`: is the host well, and if not, what mends it?"""
