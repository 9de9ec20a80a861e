"""`slipway audit ENV`: is the host safe, by checkers that nobody here wrote, beside the previous run?"""
