"""What the use cases need from the outside, as protocols that `adapters` implements."""
