"""What the server turns away before any use case is asked; used by the gate, auth and the pages."""

from domain.model.errors import Refusal


class BodyTooLarge(Refusal):
    """More bytes than a request may bring; values: most_bytes."""

    code = "BODY_TOO_LARGE"


class BodyTooSlow(Refusal):
    """The body did not arrive in time; values: seconds."""

    code = "BODY_TOO_SLOW"


class UnsupportedType(Refusal):
    """A body of another media type than the route reads; values: wanted."""

    code = "UNSUPPORTED_TYPE"


class ProtocolUnsupported(Refusal):
    """No protocol version, or one more than one step away; values: ours."""

    code = "PROTOCOL_UNSUPPORTED"


class MalformedRequest(Refusal):
    """A request outside the form its route states; values: fields (where, never what)."""

    code = "MALFORMED_REQUEST"


class NotSignedIn(Refusal):
    """A person's route without a valid session."""

    code = "NOT_SIGNED_IN"


class KeyOutdated(Refusal):
    """A station asks with the key of an earlier epoch; values: station."""

    code = "KEY_OUTDATED"


class RequestOutdated(Refusal):
    """A station's request was signed at another time than now; values: minutes (at most)."""

    code = "REQUEST_OUTDATED"


class CrossOrigin(Refusal):
    """A browser sends this on behalf of another site's page."""

    code = "CROSS_ORIGIN"


class RateLimited(Refusal):
    """Too many attempts from one address; values: seconds."""

    code = "RATE_LIMITED"


class PinsDiffer(Refusal):
    """The second time another PIN was typed; no values."""

    code = "PINS_DIFFER"


class NoSuchPage(Refusal):
    """No route under this path."""

    code = "NO_SUCH_PAGE"


class MethodNotAllowed(Refusal):
    """The path exists, this method on it does not."""

    code = "METHOD_NOT_ALLOWED"


class Fault(Refusal):
    """Our own mistake: logged with its trace, answered without it."""

    code = "FAULT"


class CountOutOfRange(Refusal):
    """So many are not printed at once; values: least, most."""

    code = "COUNT_OUT_OF_RANGE"
