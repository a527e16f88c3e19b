"""A scripted centre: demo, training and load, on a clock that the script winds."""
