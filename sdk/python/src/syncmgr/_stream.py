"""The protocol's lines, kept apart from everything else that reads standard input or writes standard output."""

from __future__ import annotations

import json
import os
import threading
from typing import Any, BinaryIO, Dict, Optional

Message = Dict[str, Any]


class Lines:
    """One JSON object a line in each direction."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._writing = threading.Lock()

    @classmethod
    def of_this_process(cls) -> Lines:
        """Takes standard input and output for the protocol alone.

        From here on ``print`` and programs that the handler starts write to standard error, and what they read is
        empty. So no stray text gets between the lines, and no program eats the manager's.
        """
        source = os.fdopen(os.dup(0), "rb")
        sink = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return cls(source, sink)

    def read(self) -> Optional[Message]:
        """The next message; ``None`` when the manager has closed its end. What is no message is passed over."""
        for line in iter(self._source.readline, b""):
            try:
                message = json.loads(line.decode("utf-8", "replace"))
            except (ValueError, RecursionError):
                continue
            if isinstance(message, dict):
                return message
        return None

    def write(self, message: Message) -> None:
        self.write_bytes(encode(message))

    def write_bytes(self, line: bytes) -> None:
        with self._writing:
            self._sink.write(line)
            self._sink.flush()


def encode(message: Message) -> bytes:
    """The line of a message.

    Half a surrogate pair (the name of a file that is no UTF-8) is written as its escape, which stays JSON.
    """
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"
