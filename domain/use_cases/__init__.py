"""What people and stations ask of the system, one module for each kind of request."""
