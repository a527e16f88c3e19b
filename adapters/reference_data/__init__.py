"""Data that ships with the project, and the readers that turn it into domain values."""
