"""Routes of the programming interface: each parses, calls and answers."""
