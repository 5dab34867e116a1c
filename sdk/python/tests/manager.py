"""A manager for tests: starts a handler's text as a program and speaks with it line by line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Callable, Dict, List, Optional

SOURCES = Path(__file__).parent.parent / "src"

#: How long a line may take before it is missing. Nothing waits for it to pass.
PATIENCE = 30.0

#: From the weakest to the strongest.
VERDICTS = ["go", "pause", "yield", "skip", "stop"]

Message = Dict[str, Any]


class Manager:
    """Everything that was exchanged stays in ``lines``."""

    def __init__(self, program: Path, **more: str) -> None:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCES), "SYNCMGR_PROTOCOL": "1", **more}
        self.process = subprocess.Popen(
            [sys.executable, str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.lines: List[bytes] = []
        self.log: List[bytes] = []
        self._incoming: Queue[Optional[Message]] = Queue()
        self._next_id = 0
        #: What the beginning of an item is answered with.
        self._all = "go"
        self._of_items: Dict[str, str] = {}
        self._withheld: List[Message] = []
        self._readers = [threading.Thread(target=each, daemon=True) for each in (self._read, self._read_log)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._incoming.put(json.loads(line))
        self._incoming.put(None)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    # What the manager says.

    def send(self, message: Message) -> None:
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def send_bytes(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def notify(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def request(self, method: str, **params: Any) -> int:
        self._next_id += 1
        self.send({"id": self._next_id, "method": method, "params": params})
        return self._next_id

    def verdict(self, all: str = "go", upto: int = 0, **items: str) -> None:
        self._all, self._of_items = all, items
        withheld, self._withheld = self._withheld, []
        for message in withheld:
            self._answer_beginning(message)
        self.notify("verdict", upto=upto, gen=1, all=all, items=items)

    # What the handler says.

    def next(self) -> Message:
        """The next message; the beginning of an item is answered and passed over."""
        while True:
            message = self._incoming.get(timeout=PATIENCE)
            assert message is not None, f"the handler has ended; its log: {self.log}"
            if message.get("method") != "progress" or "id" not in message:
                return message
            self._answer_beginning(message)

    def answer_with(self, verdict: str) -> None:
        """From now on the beginning of an item is answered with this; no line tells it before."""
        self._all = verdict

    def says_nothing(self) -> bool:
        """Whether no message but the withheld ones comes while something else has time to happen."""
        try:
            while True:
                message = self._incoming.get(timeout=0.2)
                assert message is not None
                if message.get("method") != "progress" or "id" not in message:
                    return False
                self._answer_beginning(message)
        except Empty:
            return True

    def _answer_beginning(self, message: Message) -> None:
        verdict = max(self._all, self._of_items.get(message["params"]["item"], "go"), key=VERDICTS.index)
        if verdict == "pause":
            self._withheld.append(message)
        else:
            self.send({"id": message["id"], "result": {"v": verdict}})

    def until(self, is_it: Callable[[Message], bool], answer: Callable[[Message], None]) -> Message:
        """Reads on to the first message that is meant, and answers what comes before."""
        while True:
            message = self.next()
            if is_it(message):
                return message
            answer(message)

    def ask(self, method: str, **params: Any) -> Message:
        """A request and its reply; what comes in between is acknowledged or granted."""
        key = self.request(method, **params)
        return self.until(lambda message: message.get("id") == key and "method" not in message, self.agree)

    def agree(self, message: Message) -> None:
        if message["method"] == "progress" and "seq" in message["params"]:
            self.verdict(upto=message["params"]["seq"])
        elif message["method"] == "checkpoint":
            self.send({"id": message["id"], "result": {"v": "go"}})
        elif message["method"] == "state":
            self.send({"id": message["id"], "result": {"accepted": True}})

    def begin(self, *items: Any, **params: Any) -> None:
        """Everything up to the request ``sync``."""
        self.initialize(**params)
        run: Message = {"run": "r1", "items": [item if isinstance(item, dict) else {"id": item} for item in items]}
        assert "result" in self.ask("prepare", **run)
        self.sync_id = self.request("sync", epoch=1, **run)

    def initialize(self, **params: Any) -> Message:
        host: Message = {"protocol": {"min": 1, "max": 1}, "reason": "manual", "caps": ["ask", "connect", "secret", "state"]}
        reply = self.ask("initialize", **{**host, "window": {"messages": 64, "bytes": 262144}, **params})
        assert "result" in reply, reply
        return dict(reply["result"])

    def result(self, answer: Optional[Callable[[Message], None]] = None) -> List[Message]:
        """The results of the items."""
        reply = self.until(lambda message: message.get("id") == self.sync_id, answer or self.agree)
        return list(reply["result"]["items"])

    def close(self) -> int:
        """Closes standard input; says how the process ended."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(timeout=PATIENCE)
        for reader in self._readers:
            reader.join(timeout=PATIENCE)
        return status

    def progress_lines(self) -> List[Message]:
        messages = [json.loads(line) for line in self.lines]
        progress = [message["params"] for message in messages if message.get("method") == "progress"]
        return [params for params in progress if "seq" in params]

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=PATIENCE)
        for reader in self._readers:
            reader.join(timeout=PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()
