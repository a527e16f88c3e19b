"""Coded causes of decisions on a dossier's time: closed lists, so that none can name a person."""

from collections.abc import Collection

from domain.model.discrepancy import BadReason

SUPPLEMENT_CAUSES = ("missing-paper", "wrong-data", "unclear", "other")
WAIVER_CAUSES = ("exempt", "asked-by-mistake", "other")
# As the letter of apology gives them; the rest stands in its words.
APPOINTMENT_CAUSES = (
    "calendar",
    "disaster",
    "overload",
    "illness",
    "other-agency",
    "own-mistake",
    "other",
)


def checked_cause(cause: str, listed: Collection[str]) -> str:
    """The cause itself if it is on the list; raises `BadReason`."""
    if cause not in listed:
        raise BadReason(reason=cause[:64])
    return cause
