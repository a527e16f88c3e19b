from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.signatures import Ed25519Signer, SystemSignatures
from domain.model.entry import FIRST_PREVIOUS, Algorithm, unsigned_entry
from domain.model.fact import Fact
from domain.model.labels import Kind, Label
from domain.ports.signatures import Signed
from domain.use_cases.record_scans import SentEntry

SIGNER = Ed25519Signer(b"\x01" * 32)


@pytest.mark.parametrize(
    ("message", "signature", "key"),
    [
        (b"nhan", SIGNER.sign(b"giao"), SIGNER.public_key),
        (b"giao", SIGNER.sign(b"giao")[:-1], SIGNER.public_key),
        (b"giao", bytes(64), SIGNER.public_key),
        (b"giao", SIGNER.sign(b"giao"), Ed25519Signer(b"\x02" * 32).public_key),
        (b"giao", SIGNER.sign(b"giao"), b"\xff" * 31),
    ],
)
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_signature_that_does_not_fit_is_told_without_raising(
    message: bytes, signature: bytes, key: bytes, algorithm: Algorithm
) -> None:
    assert not SystemSignatures().holds(message, signature, public_key=key, algorithm=algorithm)


@pytest.mark.parametrize("many", [0, 1, 8, 17, 100])
def test_of_many_signatures_each_is_told_for_itself_and_in_order(many: int) -> None:
    def signed(number: int) -> Signed:
        message = b"%d" % number
        signature = SIGNER.sign(message if number % 3 else b"other")
        return Signed(message, signature, SIGNER.public_key, Algorithm.ED25519)

    told = SystemSignatures().each_holds([signed(number) for number in range(many)])
    assert told == [number % 3 != 0 for number in range(many)]


def test_a_phone_signs_with_p256_and_only_with_the_algorithm_it_enrolled(world: Any) -> None:
    key = generate_private_key(SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    code = world.enrol_station.invite(
        station="P1", office="courier:C1", purpose="courier", actor=world.admin
    )
    world.enrol_station.enrol(code=code, public_key=point, algorithm=Algorithm.ECDSA_P256)
    fact = Fact(
        fact="Accepted",
        subject=str(Label(Kind.POUCH, 27001, 26, 1)),
        at_us=world.clock.us,
        station="P1",
        seq=1,
        operator="buuta1",
        office="courier:C1",
        context={},
    )

    def sent(algorithm: Algorithm) -> SentEntry:
        unsigned = unsigned_entry(
            fact,
            prev=FIRST_PREVIOUS,
            boot="b",
            mono_ms=1,
            offset_ms=0,
            checkpoint=None,
            algorithm=algorithm,
        )
        r, s = decode_dss_signature(key.sign(unsigned, ECDSA(SHA256())))
        return SentEntry(1, 1, unsigned + r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    [wrong] = world.record_scans("P1", [sent(Algorithm.ED25519)]).answers
    assert wrong.code == "BAD_SIGNATURE"
    [right] = world.record_scans("P1", [sent(Algorithm.ECDSA_P256)]).answers
    assert right.outcome == "recorded"
