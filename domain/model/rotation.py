"""What two keys sign when one follows the other; written by stations, checked by the server."""


def rotation_bytes(station: str, epoch: int, public_key: bytes) -> bytes:
    """The statement that this key signs the station's journal from that epoch on."""
    return f"giaonhan.rotation|{station}|{epoch}|{public_key.hex()}".encode()
