"""What happens to a dossier, and what follows from it: no framework, no input or output."""
