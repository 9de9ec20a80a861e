"""`slipway ci-setup name`: all that GitLab needs to deploy this environment, and where to put it."""
