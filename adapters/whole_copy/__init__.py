"""Log and vault row by row, out of one engine and into another: for backups and for a move."""
