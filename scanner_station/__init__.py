"""The scanning station: reads labels, journals what was read, sends it on when it can."""
