"""Messages between the web process and a worker, over pipes: a JSON header and a payload, each with its length.

4 bytes little-endian length | header | 4 bytes little-endian length | payload
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

from ganlab.live.frames import dumps

Message = tuple[dict[str, Any], bytes]

MAX_HEADER = 1 << 20
MAX_PAYLOAD = 1 << 28


class WireError(Exception):
    """What came through the pipe is no message."""


def pack(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """One message as bytes."""
    text = dumps(header).encode()
    return b"".join((struct.pack("<I", len(text)), text, struct.pack("<I", len(payload)), payload))


def read(stream: IO[bytes]) -> Message | None:
    """The next message; None where the stream ends. Raises WireError on anything else."""
    text = _part(stream, MAX_HEADER)
    payload = None if text is None else _part(stream, MAX_PAYLOAD)
    if text is None or payload is None:
        return None
    try:
        header = json.loads(text)
    except ValueError as error:
        raise WireError(f"the header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise WireError("the header is not a JSON object")
    return header, payload


def _part(stream: IO[bytes], limit: int) -> bytes | None:
    size = stream.read(4)
    if len(size) < 4:
        return None
    (length,) = struct.unpack("<I", size)
    if length > limit:
        raise WireError(f"a part of {length} bytes; at most {limit} are allowed")
    data = stream.read(length)
    return data if len(data) == length else None
