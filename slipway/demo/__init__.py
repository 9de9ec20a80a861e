"""`slipway demo`: a throw-away bare host, the whole of site.yml over SSH, then a visit over HTTPS."""
