"""Is this host well? Pure checks over its report; each finding has a code, a sentence and the command that mends it.

`slipway doctor` asks them from outside, the host's own look (`watch`) every half a minute.
"""
