"""`slipway init`: an inventory for a real host, every secret generated, nothing overwritten."""
