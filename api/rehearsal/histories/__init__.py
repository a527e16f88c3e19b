"""Clients that work on the same dossiers at once, and whether what they were told can be true."""
