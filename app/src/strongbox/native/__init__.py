"""On a person's own machine: `strongbox`, and `strongbox --lan` for the network around it."""
