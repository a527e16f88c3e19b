"""The read model: a cache of the fold in rows, rebuilt from events at any time."""
