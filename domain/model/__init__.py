"""Facts, the fold that gives them meaning, deadlines, and the decisions that can be refused."""
