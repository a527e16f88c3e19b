"""`python -m api.cli WORD …`, what `run.py` calls."""

from api.cli import main

if __name__ == "__main__":  # a worker of `serve` imports this file too
    main()
