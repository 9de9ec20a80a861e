"""One visit to a site by address and name, with the standard library only: it runs on either machine."""
