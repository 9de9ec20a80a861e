"""Every figure that the README quotes, measured. See README.md in this folder."""
