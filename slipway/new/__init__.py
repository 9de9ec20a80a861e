"""`slipway new` and `slipway update`: a full-stack project, and its later versions. Copier does the writing."""
