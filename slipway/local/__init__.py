"""`slipway local`: an app on this machine as in production, on https://NAME.localhost, changes shown at once."""
