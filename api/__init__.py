"""The server's routes and pages, the command line, and the place where everything is joined."""
