"""The outside world behind the domain's ports: storage, vault, signatures, paper, clock."""
