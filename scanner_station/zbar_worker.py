"""The only file that imports pyzbar: the decoder's last stage, in a process that may die alone.

libzbar can abort on some QR contents. Where the library is missing, the worker ends at once.
"""

import json
import struct

from scanner_station.child import limit_resources, serve

SIZE = struct.Struct(">II")  # height and width ahead of the grey pixels


def main() -> None:
    """Answer grey frames with a JSON list of {text, format, corners}."""
    import numpy as np
    from pyzbar.pyzbar import ZBarSymbol, decode

    limit_resources()
    formats = {ZBarSymbol.QRCODE.name: "QRCode", ZBarSymbol.CODE128.name: "Code128"}

    def answer(question: bytes) -> bytes:
        height, width = SIZE.unpack_from(question)
        frame = np.frombuffer(question, np.uint8, offset=SIZE.size).reshape(height, width)
        try:
            symbols = decode(frame, symbols=[ZBarSymbol.QRCODE, ZBarSymbol.CODE128])
        except ValueError:  # pyzbar knows no orientation of a QR that is one part of several
            symbols = []
        found = [
            {
                "text": symbol.data.decode("utf-8", "replace"),
                "format": formats[symbol.type],
                "polygon": [[point.x, point.y] for point in symbol.polygon],
            }
            for symbol in symbols
        ]
        return json.dumps(found).encode()

    serve(answer)


if __name__ == "__main__":
    main()
