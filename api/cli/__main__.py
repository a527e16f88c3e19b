"""`python -m api.cli WORD …`, what `run.py` calls."""

from api.cli import main

main()
