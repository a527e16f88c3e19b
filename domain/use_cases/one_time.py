"""One-time codes `WHO.SECRET`: told once, stored as a hash; used for sign-in and enrolment."""

import hashlib

from domain.ports.clock import Entropy

_SECRET_BYTES = 16  # 128 bits: nobody guesses it, so a fast hash will do


def new_code(who: str, entropy: Entropy) -> str:
    """A code that names who it is for."""
    return f"{who}.{entropy.token(_SECRET_BYTES)}"


def who_of(code: str) -> str:
    """Whom the code says it is for; empty for what is no code."""
    return code.rpartition(".")[0]


def hash_of(secret: str) -> str:
    """What is stored instead: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
