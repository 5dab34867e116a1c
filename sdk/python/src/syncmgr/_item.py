"""What a handler's function works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Sequence, Tuple, Union

from . import _host
from ._host import Host, Refused, Session
from ._outcome import Cancelled, Deferred, Failed, Skip, Stop
from ._stream import Message

Number = Union[int, float]

#: What may be yielded: nothing (only asks), how much is done, what is done, or some of (done, total, text) in this order.
Step = Union[None, Number, str, Tuple[Number, Optional[Number]], Tuple[Number, Optional[Number], Optional[str]]]


@dataclass
class Stats:
    """What a run did to an item, told with its result."""

    inserts: int = 0
    updates: int = 0
    deletes: int = 0
    skipped: int = 0
    bytes: int = 0
    conflicts: int = 0
    #: How many errors of which kind.
    errors: Dict[str, int] = field(default_factory=dict)

    def told(self) -> Message:
        return {name: value for name, value in vars(self).items() if value}


class Item:
    """An item of a run. ``str(item)`` is its id."""

    def __init__(self, host: Host, item: str, state: Optional[str] = None) -> None:
        self._host = host
        #: The id, as the handler listed it.
        self.id = item
        #: What was saved last, in this run or an earlier one; ``None`` at first.
        self.state = state
        self.stats = Stats()
        self.has_warned = False

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"Item({self.id!r})"

    @property
    def session(self) -> Session:
        """Why this session runs, and what the user configured."""
        return self._host.session

    def progress(
        self,
        done: Optional[Number] = None,
        total: Optional[Number] = None,
        text: Optional[str] = None,
        *,
        bytes_done: Optional[int] = None,
        bytes_total: Optional[int] = None,
        phase: Optional[str] = None,
        quiet_s: Optional[int] = None,
    ) -> None:
        """Shows how far the item is, and raises if the user does not want it to go on.

        ``yield`` does the same with less. Call it as often as you like: what nobody could read is not sent. What is left
        out keeps its value. ``quiet_s`` announces up to an hour without a word.
        """
        update: Message = {}
        # One by one: this is the hot path.
        if done is not None:
            update["done.items"] = done
        if total is not None:
            update["total.items"] = total
        if text is not None:
            update["text"] = text
        if bytes_done is not None:
            update["done.bytes"] = bytes_done
        if bytes_total is not None:
            update["total.bytes"] = bytes_total
        if phase is not None:
            update["phase"] = phase
        if quiet_s is not None:
            update["quiet_s"] = quiet_s
        obey(self._host.progress(self.id, update, at_once=quiet_s is not None))

    def step(self, step: Step) -> None:
        """What was yielded, as a call of :meth:`progress`."""
        if isinstance(step, str):
            self.progress(text=step)
        elif isinstance(step, tuple):
            self.progress(*step)
        elif step is None or isinstance(step, (int, float)):
            self.progress(step)
        else:
            raise TypeError(f"yield a number, (done, total), (done, total, text), a text or nothing, not {step!r}")

    def checkpoint(self) -> None:
        """Waits for the manager's word before something that cannot be undone.

        Raises if the user stopped or skipped, also if that was this very moment: no checkpoint after a stop lets go on.
        """
        self._host.flush(self.id)
        obey(str(self._host.call("checkpoint", {"item": self.id}).get("v", _host.STOP)))

    def save(self, state: str) -> None:
        """Keeps a text for the next run, in which it is :attr:`state`. At most 64 KiB."""
        if "state" in self.session.caps:
            reply = self._host.call("state", {"item": self.id, "state": state})
            if not reply.get("accepted", True):
                raise Stop("another run has taken over")
        self.state = state

    def info(self, text: str, **more: Optional[str]) -> None:
        """Adds an entry that is worth knowing to the results."""
        self._log("information", text, more)

    def warn(self, text: str, **more: Optional[str]) -> None:
        """Adds an entry to look at. The item then ends as succeeded with warnings.

        ``detail``, ``kind``, ``code`` and ``log_id`` say more, as in :class:`Failed`.
        """
        self.has_warned = True
        self._log("warning", text, more)

    def error(self, text: str, **more: Optional[str]) -> None:
        """Adds an entry about something that went wrong while the item goes on."""
        self.has_warned = True
        self._log("error", text, more)

    def _log(self, level: str, text: str, more: Dict[str, Optional[str]]) -> None:
        log(self._host, level, text, item=self.id, **more)

    def planned(self, action: str, path: str, side: str = "right", renamed_from: Optional[str] = None) -> None:
        """For a ``plan`` function: what a run would do. ``create``, ``update``, ``delete``, ``rename``, ``attributes``."""
        change = {"side": side, "action": action, "path": path}
        if renamed_from is not None:
            change["from"] = renamed_from
        self._host.notify("plan", {"item": self.id, "changes": [change]})

    def delete_log(self, log_id: str) -> None:
        """Takes the entries with this id back."""
        self._host.notify("log/delete", {"log_id": log_id})

    def ask(
        self,
        text: str,
        choices: Optional[Sequence[Tuple[str, str]]] = None,
        *,
        password: bool = False,
        default: Optional[str] = None,
        detail: Optional[str] = None,
    ) -> Optional[str]:
        """Puts a question to the user: the id of a choice (id, label) or a text. ``None``: nobody answered."""
        if "ask" not in self.session.caps:
            return None
        kind = "choice" if choices else "password" if password else "text"
        params: Message = {"item": self.id, "text": text, "kind": kind}
        if choices:
            params["choices"] = [{"id": key, "label": label} for key, label in choices]
        params.update({name: value for name, value in (("default", default), ("detail", detail)) if value is not None})
        reply = self._host.call("ask", params)
        if reply.get("reason") == "stopped":
            raise Stop()
        answer = reply.get("answer")
        if password and isinstance(answer, str):
            self._host.keep_out_of_sight(answer)
        return answer if isinstance(answer, str) else None

    def connect(self, name: Optional[str] = None) -> None:
        """Brings a connection up, the default one without a name. It stays until the session is over."""
        reply = self._host.call("connect", {} if name is None else {"name": name})
        if not reply.get("connected"):
            raise Failed(str(reply.get("text") or "no connection"), kind="transient")

    def secret(self, key: str) -> str:
        """A secret that the handler's manifest declares. It is kept out of all that the handler says."""
        try:
            value = str(self._host.call("secret", {"key": key}).get("value", ""))
        except Refused as refused:
            raise Failed(f"the secret `{key}` is not to be had: {refused}", kind="config") from None
        self._host.keep_out_of_sight(value)
        return value


def obey(verdict: str) -> None:
    """Turns the verdict into what leaves the function."""
    if verdict == _host.GO:
        return
    if verdict == _host.STOP:
        raise Stop()
    if verdict == _host.SKIP:
        raise Skip()
    if verdict == _host.YIELD:
        raise Deferred()


def log(host: Host, level: str, text: str, **more: Any) -> None:
    """An entry of the results. ``kind`` is ``class`` in the protocol, a word Python keeps for itself."""
    params: Message = {"text": text, "level": level}
    names = {"item": "item", "detail": "detail", "kind": "class", "code": "code", "log_id": "log_id", "jump": "jump"}
    unknown = set(more) - set(names)
    if unknown:
        raise TypeError(f"an entry has no {', '.join(sorted(unknown))}; it may have {', '.join(names)}")
    params.update({names[name]: value for name, value in more.items() if value is not None})
    host.notify("log", params)


def result_of(item: Item, outcome: str, text: Optional[str] = None) -> Message:
    """The item's part of the reply to ``sync``."""
    result: Message = {"id": item.id, "outcome": outcome}
    if text:
        result["text"] = text
    stats = item.stats.told()
    if stats:
        result["stats"] = stats
    if item.state is not None:
        result["state"] = item.state
    return result


def ended(item: Item, end: Cancelled) -> Message:
    """The result of an item that ended early."""
    result = result_of(item, end.outcome, end.text)
    if isinstance(end, Deferred) and end.not_before is not None:
        result["not_before"] = end.not_before.isoformat()
    return result
