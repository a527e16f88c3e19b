"""Why a station stops or a server's word is not taken: codes that prompts.py puts into words."""

from domain.model.errors import Refusal


class JournalFull(Refusal):
    """No room for another entry; nothing was stored; values: why."""

    code = "JOURNAL_FULL"


class JournalFault(Refusal):
    """The journal could not be written or read safely; nothing was acknowledged; values: why."""

    code = "JOURNAL_FAULT"


class JournalDamaged(Refusal):
    """The chain or a signature in the journal does not hold; values: seq, why."""

    code = "JOURNAL_DAMAGED"


class JournalNewer(Refusal):
    """A newer program wrote this journal: it is left alone; values: found, known."""

    code = "JOURNAL_NEWER"


class JournalBehind(Refusal):
    """The journal ends before what the server has: an older copy; values: seq, server_seq."""

    code = "JOURNAL_BEHIND"


class StationLocked(Refusal):
    """Another process runs this station; values: directory."""

    code = "STATION_LOCKED"


class DirectoryUnusable(Refusal):
    """The station's directory cannot be made, read or written; values: directory, why."""

    code = "DIRECTORY_UNUSABLE"


class NotEnrolled(Refusal):
    """The directory holds no readable enrolment; values: directory, why."""

    code = "NOT_ENROLLED"


class AlreadyEnrolled(Refusal):
    """The directory belongs to a station already; values: station."""

    code = "ALREADY_ENROLLED"


class OtherStation(Refusal):
    """The one-time code is another station's; values: station, found."""

    code = "OTHER_STATION"


class Offline(Refusal):
    """The server cannot be reached or is busy: the normal life of a courier.

    Values: why, retry_after_s (None unless the server asked for a wait).
    """

    code = "OFFLINE"


class ServerRefused(Refusal):
    """The server understood and said no; values: status, server_code, its own sentence vi, en."""

    code = "SERVER_REFUSED"


class NotTheServer(Refusal):
    """The answer is not one of our server's: a portal, a proxy, another protocol; values: why."""

    code = "NOT_THE_SERVER"


class CheckpointForged(Refusal):
    """A checkpoint that the pinned server key did not sign; nothing of the answer is believed."""

    code = "CHECKPOINT_FORGED"
