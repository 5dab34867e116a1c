"""The manager, as seen from a handler: requests come in, calls go out, verdicts lie in a mailbox.

One thread reads all lines. So a verdict is known the moment it arrives, and asking for it costs no round trip. The thread
that works on items is the one that called ``Handler.run``.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Deque, Dict, FrozenSet, List, Mapping, Optional, Tuple

from ._outcome import Stop
from ._stream import Lines, Message, encode

GO, PAUSE, YIELD, SKIP, STOP = "go", "pause", "yield", "skip", "stop"
STRENGTH = {GO: 0, PAUSE: 1, YIELD: 2, SKIP: 3, STOP: 4}

#: At most twenty progress lines a second and item: people do not read faster.
LINE_EVERY = 0.05

UNKNOWN_METHOD = -32601
BAD_PARAMS = -32602
NO_COMMON_VERSION = -32002


class Refused(Exception):
    """The manager refused a call; ``code`` is the protocol's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Session:
    """What the manager said about this session."""

    #: Why it was started: ``manual``, ``connect``, ``pending_disconnect``, ``idle``, ``invoke``, ``schedule``, ``change``.
    reason: str = "manual"
    #: Whether somebody is there to be asked.
    may_bother_user: bool = False
    #: Whether nothing may be changed.
    dry_run: bool = False
    #: Whether only the list of items is wanted.
    settings_only: bool = False
    locale: str = "en"
    #: The handler's table in the user's configuration.
    config: Mapping[str, Any] = field(default_factory=dict)
    #: What the manager offers.
    caps: FrozenSet[str] = frozenset()


class Row:
    """An item of the run: its verdict, and the progress that is held back."""

    def __init__(self, item: str) -> None:
        self.item = item
        self.verdict = GO
        self.held: Message = {}
        self.next_line = 0.0


class Host:
    """The other end. Its methods may be called from any thread."""

    def __init__(self, lines: Lines) -> None:
        self.requests: SimpleQueue[Optional[Message]] = SimpleQueue()
        self.session = Session()
        self._lines = lines
        self._reader = threading.Thread(target=self._read, name="syncmgr-lines", daemon=True)
        self._changed = threading.Condition()
        self._closed = False
        self._all = GO
        self._rows: Dict[str, Row] = {}
        self._replies: Dict[str, Optional[Message]] = {}
        self._n_calls = 0
        self._seq = 0
        self._window = (64, 262_144)
        self._in_flight: Deque[Tuple[int, int]] = deque()
        self._in_flight_bytes = 0
        self._secrets: List[str] = []

    # What comes in.

    def start(self) -> None:
        self._reader.start()
        threading.Thread(target=self._show_held, name="syncmgr-progress", daemon=True).start()

    def wait_until_gone(self) -> None:
        """Returns when the manager has closed its end."""
        self._reader.join()

    def _read(self) -> None:
        for message in iter(self._lines.read, None):
            with self._changed:
                self._take(message)
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.requests.put(None)

    def _take(self, message: Message) -> None:
        method, params = message.get("method"), message.get("params")
        params = params if isinstance(params, dict) else {}
        if method is None:
            self._take_reply(message)
        elif method == "verdict":
            self._take_verdict(params)
        elif method == "item/status":
            self._take_status(params)
        elif method == "exit":
            self.requests.put(None)
        elif "id" in message:
            if method == "prepare":
                self._begin(params)
            self.requests.put({**message, "params": params})

    def _take_reply(self, message: Message) -> None:
        key = message.get("id")
        if isinstance(key, str) and key in self._replies:
            self._replies[key] = message

    def _take_verdict(self, params: Message) -> None:
        upto = params.get("upto")
        while self._in_flight and isinstance(upto, int) and self._in_flight[0][0] <= upto:
            self._in_flight_bytes -= self._in_flight.popleft()[1]
        self._all = _after(self._all, params.get("all"))
        items = params.get("items")
        for key, row in self._rows.items():
            row.verdict = _after(row.verdict, items.get(key) if isinstance(items, dict) else GO)

    def _take_status(self, params: Message) -> None:
        """The same news as in a verdict; here only what never weakens."""
        row = self._rows.get(str(params.get("item")))
        if params.get("item") is None and params.get("status") == STOP:
            self._all = _after(self._all, STOP)
        elif row is not None and params.get("status") == SKIP:
            row.verdict = _after(row.verdict, SKIP)

    def _begin(self, params: Message) -> None:
        """A run begins with ``go`` for everything."""
        self._all = GO
        items = params.get("items")
        ids = [item_id(item) for item in items] if isinstance(items, list) else []
        self._rows = {key: Row(key) for key in ids if key}

    def end_run(self) -> None:
        """No progress is due any more, held back or not."""
        with self._changed:
            self._rows = {}

    def introduce(self, session: Session, window: object) -> None:
        self.session = session
        if isinstance(window, dict):
            self._window = (int(window.get("messages", 64)), int(window.get("bytes", 262_144)))

    # What goes out.

    def answer(self, key: object, result: Message) -> None:
        self._lines.write({"jsonrpc": "2.0", "id": key, "result": self._hide(result)})

    def refuse(self, key: object, code: int, text: str, data: Optional[Message] = None) -> None:
        error: Message = {"code": code, "message": self._hide(text)}
        if data is not None:
            error["data"] = data
        self._lines.write({"jsonrpc": "2.0", "id": key, "error": error})

    def notify(self, method: str, params: Message) -> None:
        self._lines.write({"jsonrpc": "2.0", "method": method, "params": self._hide(params)})

    def call(self, method: str, params: Message) -> Message:
        """Asks and waits. While the run is paused the manager withholds the answer, so this waits too."""
        with self._changed:
            self._n_calls += 1
            key = f"p{self._n_calls}"
            self._replies[key] = None
        self._lines.write({"jsonrpc": "2.0", "id": key, "method": method, "params": self._hide(params)})
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._replies[key] is not None)
            reply = self._replies.pop(key)
        if reply is None:
            raise Stop("the manager has gone")
        error = reply.get("error")
        if isinstance(error, dict):
            raise Refused(int(error.get("code", 0)), str(error.get("message", "refused")))
        result = reply.get("result")
        return result if isinstance(result, dict) else {}

    # Progress and verdicts.

    def verdict(self, item: str) -> str:
        """The verdict as it is now; a manager that has gone is a stop."""
        if self._closed:
            return STOP
        row = self._rows.get(item)
        own = GO if row is None else row.verdict
        if own == self._all:
            return own
        return own if STRENGTH[own] > STRENGTH[self._all] else self._all

    def begin_item(self, item: str) -> str:
        """The verdict on an item before anything is done to it: the manager's own answer, not an older line of it."""
        verdict = self.call("progress", {"item": item}).get("v")
        with self._changed:
            row = self._row(item)
            if verdict == SKIP:
                row.verdict = _after(row.verdict, SKIP)
            elif verdict in (YIELD, STOP):
                self._all = _after(self._all, verdict)
            return self.verdict(item)

    def progress(self, item: str, update: Message, at_once: bool = False) -> str:
        """Tells how far an item is and returns the verdict.

        Between two lines only the newest values are kept. A line that is due and has no credit waits for it, which is how
        the manager slows a handler down. A pause is waited for in here.
        """
        with self._changed:
            row = self._row(item)
            if not row.held:
                # There is something for `_show_held` to watch.
                self._changed.notify_all()
            row.held.update(update)
            if at_once or time.monotonic() >= row.next_line:
                self._wait_for_credit(row)
                if self._may_send(row) or at_once:
                    self._send(row)
            while self.verdict(item) == PAUSE:
                self._changed.wait()
            return self.verdict(item)

    def flush(self, item: str) -> None:
        """Shows what is held back, before something that may take long."""
        with self._changed:
            row = self._rows.get(item)
            if row is not None and row.held and self._may_send(row):
                self._send(row)

    def _show_held(self) -> None:
        """Sends what was held back when no newer progress comes to take it along."""
        with self._changed:
            while not self._closed:
                held = [row for row in self._rows.values() if row.held]
                due = min((row.next_line for row in held), default=None)
                if due is None:
                    self._changed.wait()
                    continue
                now = time.monotonic()
                if due > now:
                    self._changed.wait(due - now)
                    continue
                ready = [row for row in held if row.next_line <= now and self._may_send(row)]
                for row in ready:
                    self._send(row)
                if not ready:
                    self._changed.wait()

    def _row(self, item: str) -> Row:
        row = self._rows.get(item)
        if row is None:
            raise Refused(BAD_PARAMS, f"`{item}` is not part of this run")
        return row

    def _wait_for_credit(self, row: Row) -> None:
        """Work that has to end waits for nothing."""
        self._changed.wait_for(lambda: self._may_send(row) or STRENGTH[self.verdict(row.item)] >= STRENGTH[YIELD])

    def _may_send(self, row: Row) -> bool:
        """Whether there is credit. With nothing in flight one line always may go."""
        messages, size = self._window
        if not self._in_flight:
            return True
        return len(self._in_flight) < messages and self._in_flight_bytes + len(self._line(row)) <= size

    def _line(self, row: Row) -> bytes:
        params = {"seq": self._seq + 1, "item": row.item, **self._hide(_nested(row.held))}
        return encode({"jsonrpc": "2.0", "method": "progress", "params": params})

    def _send(self, row: Row) -> None:
        line = self._line(row)
        self._seq += 1
        self._in_flight.append((self._seq, len(line)))
        self._in_flight_bytes += len(line)
        row.held = {}
        row.next_line = time.monotonic() + LINE_EVERY
        self._lines.write_bytes(line)

    # Secrets.

    def keep_out_of_sight(self, secret: str) -> None:
        """From now on this text is shown to nobody, whatever a traceback contains."""
        # Shorter ones would blot out ordinary text and are no secrets.
        if len(secret) >= 4:
            self._secrets.append(secret)

    def _hide(self, value: Any) -> Any:
        if not self._secrets:
            return value
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, "•••")
            return value
        if isinstance(value, dict):
            return {key: inner if key in _NEVER_HIDDEN else self._hide(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._hide(inner) for inner in value]
        return value


#: Ids must come back as they were, and a state is the handler's own affair.
_NEVER_HIDDEN = frozenset({"id", "item", "key", "log_id", "state"})


def _nested(held: Message) -> Message:
    """``{"done.items": 1}`` as the protocol writes it: ``{"done": {"items": 1}}``."""
    params: Message = {}
    for name, value in held.items():
        group, dot, member = name.partition(".")
        if dot:
            params.setdefault(group, {})[member] = value
        else:
            params[name] = value
    return params


def _after(before: str, word: object) -> str:
    """The verdict after another one came: what ends work never weakens within a run."""
    after = word if isinstance(word, str) and word in STRENGTH else GO
    ends = STRENGTH[before] >= STRENGTH[YIELD]
    return before if ends and STRENGTH[after] < STRENGTH[before] else after


def item_id(item: object) -> str:
    """The id in an item of ``prepare`` or ``sync``, which may also be the id itself."""
    key = item.get("id") if isinstance(item, dict) else item
    return key if isinstance(key, str) else ""
