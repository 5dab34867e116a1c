"""A handler from a function: what the manager asks, and who answers."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from dataclasses import dataclass
from inspect import isgenerator
from typing import Any, Callable, Dict, Generator, Iterable, List, Mapping, Optional, Tuple, Union

from . import _host
from ._host import Host, Refused, Session
from ._item import Item, Step, ended, log, obey, result_of
from ._outcome import Cancelled, Failed, Stop
from ._stream import Lines, Message

PROTOCOL = 1

#: What a handler's function may be: one that yields, or one that calls ``item.progress`` itself. What it returns is shown.
Sync = Callable[[Item], Union[Generator[Step, None, Optional[str]], Optional[str]]]

#: An item as listed: its id, an id with a name, or all members as the protocol has them.
Listed = Union[str, Tuple[str, str], Mapping[str, Any]]
Listing = Union[Iterable[Listed], Mapping[str, str]]

#: So many items go into one message at most.
PART = 500


@dataclass(frozen=True)
class Entry:
    """An entry of the results that the user opened."""

    log_id: str
    #: Which of its buttons was pressed; ``None``: the entry itself.
    action: Optional[str]
    ask: Callable[..., Optional[str]]


class Handler:
    """What :func:`handler` makes of a function."""

    def __init__(self, name: str, items: Union[Listing, Callable[[], Listing]], sync: Sync, version: str) -> None:
        self.name = name
        self.version = version
        self._items = items
        self._sync = sync
        self._plan: Optional[Sync] = None
        self._prepare: Optional[Sync] = None
        self._check: Optional[Callable[[], None]] = None
        self._show_error: Optional[Callable[[Entry], Optional[Iterable[str]]]] = None
        self._host: Optional[Host] = None

    @property
    def session(self) -> Session:
        """Why this session runs, and what the user configured."""
        return self._host.session if self._host else Session()

    # What else a handler may offer; each is a decorator.

    def check(self, function: Callable[[], None]) -> Callable[[], None]:
        """Whether all that is needed is there. Raises :class:`Failed` if not; changes nothing."""
        self._check = function
        return function

    def prepare(self, function: Sync) -> Sync:
        """Before the first item is synchronized, once for each: the place to sign in. Raising fails the run."""
        self._prepare = function
        return function

    def plan(self, function: Sync) -> Sync:
        """What a run would do, told by ``item.planned``; nothing is changed."""
        self._plan = function
        return function

    def show_error(
        self, function: Callable[[Entry], Optional[Iterable[str]]]
    ) -> Callable[[Entry], Optional[Iterable[str]]]:
        """The user opened an entry that had a ``log_id``. What is returned are ids of items to try again."""
        self._show_error = function
        return function

    # The life of the process.

    def run(self) -> None:
        """Serves the manager until it says that it is over."""
        if "SYNCMGR_PROTOCOL" not in os.environ and sys.stdin is not None and sys.stdin.isatty():
            sys.exit(
                f"`{self.name}` is a handler and is started by the synchronization manager\n"
                f"hint: syncmgr handlers register {self.name} -- {os.path.abspath(sys.argv[0])}"
            )
        host = Host(Lines.of_this_process())
        host.start()
        threading.Thread(target=_leave_when_gone, args=(host,), daemon=True).start()
        self.serve(host)

    def serve(self, host: Host) -> None:
        """Serves a manager that has been started."""
        self._host = host
        for request in iter(host.requests.get, None):
            self._answer(host, request)

    def _answer(self, host: Host, request: Message) -> None:
        answers: Dict[str, Callable[[Host, Message], Message]] = {
            "initialize": self._on_initialize,
            "check": self._on_check,
            "enumerate": self._on_enumerate,
            "prepare": self._on_prepare,
            "sync": self._on_sync,
            "shutdown": lambda _host, _params: {},
        }
        if self._show_error is not None:
            answers.update({"showError": self._on_show_error, "action": self._on_show_error})
        answer = answers.get(str(request["method"]))
        if answer is None:
            host.refuse(request["id"], _host.UNKNOWN_METHOD, f"`{request['method']}` is not offered")
            return
        try:
            host.answer(request["id"], answer(host, request["params"]))
        except Refused as refused:
            data = {"min": PROTOCOL, "max": PROTOCOL} if refused.code == _host.NO_COMMON_VERSION else None
            host.refuse(request["id"], refused.code, str(refused), data)
        except Exception as error:
            if not isinstance(error, Failed):
                traceback.print_exc()
            host.refuse(request["id"], FAILED, describe(error))

    def _on_initialize(self, host: Host, params: Message) -> Message:
        asked = params.get("protocol")
        versions = asked if isinstance(asked, dict) else {}
        if not versions.get("min", 1) <= PROTOCOL <= versions.get("max", 1):
            raise Refused(_host.NO_COMMON_VERSION, f"`{self.name}` speaks version {PROTOCOL} of the protocol only")
        flags = {name: bool(params.get(name)) for name in ("may_bother_user", "dry_run", "settings_only")}
        session = Session(
            reason=str(params.get("reason", "manual")),
            locale=str(params.get("locale", "en")),
            config=params.get("config") or {},
            caps=frozenset(params.get("caps") or ()),
            **flags,
        )
        host.introduce(session, params.get("window"))
        caps = ["skip", "pause", "resume_state"]
        caps += ["plan"] if self._plan is not None else []
        caps += ["show_error"] if self._show_error is not None else []
        return {"protocol": PROTOCOL, "name": self.name, "version": self.version, "caps": caps}

    def _on_check(self, host: Host, _params: Message) -> Message:
        if self._check is not None:
            self._check()
        return {}

    def _on_enumerate(self, host: Host, _params: Message) -> Message:
        items = self.listed()
        while len(items) > PART:
            host.notify("items", {"items": items[:PART]})
            items = items[PART:]
        return {"items": items}

    def listed(self) -> List[Message]:
        """The items with all that is known of them."""
        items = self._items() if callable(self._items) else self._items
        if isinstance(items, Mapping):
            items = list(items.items())
        return [_listed(item) for item in items]

    def _on_prepare(self, host: Host, params: Message) -> Message:
        items = _items(host, params)
        function = self._plan if host.session.dry_run else self._prepare
        if function is None:
            return {}
        for item in items:
            try:
                _work(function, item)
            except Stop:
                break
            except Cancelled:
                continue
        return {}

    def _on_sync(self, host: Host, params: Message) -> Message:
        results = []
        for item in _items(host, params):
            result = self._sync_item(host, item)
            results.append(result)
            status = STATUS_OF.get(result["outcome"])
            if status is not None:
                update = {"status": status, **({"text": result["text"]} if "text" in result else {})}
                host.progress(item.id, update, at_once=True)
        host.end_run()
        return {"items": results}

    def _sync_item(self, host: Host, item: Item) -> Message:
        try:
            # Not by a line: an item that will not be touched does not look as if it were.
            obey(host.verdict(item.id))
            obey(host.begin_item(item.id))
            text = _work(self._sync, item)
            return result_of(item, "succeeded_with_warnings" if item.has_warned else "succeeded", text)
        except Cancelled as end:
            return ended(item, end)
        except Exception as error:
            text = describe(error)
            more = _more(error, can_jump=self._show_error is not None)
            log(host, "error", text, item=item.id, **more)
            return result_of(item, "failed", text)

    def _on_show_error(self, host: Host, params: Message) -> Message:
        log_id, action = params.get("log_id"), params.get("action")
        if not isinstance(log_id, str) or self._show_error is None:
            raise Refused(_host.BAD_PARAMS, "`log_id` is missing")
        entry = Entry(log_id, action if isinstance(action, str) else None, Item(host, "").ask)
        retry = self._show_error(entry)
        return {"retry": list(retry)} if retry else {}


def _leave_when_gone(host: Host) -> None:
    """Ends a process that is busy with something else than yielding when its manager has gone."""
    host.wait_until_gone()
    threading.Event().wait(TIME_TO_LEAVE)
    os._exit(0)


#: How long after the end of standard input the process may take to leave, in seconds; the manager waits five.
TIME_TO_LEAVE = 4.0

#: The code of a reply to a request that could not be done.
FAILED = -32000

#: What is shown of an item's outcome at once; the others are told with the reply only.
STATUS_OF = {
    "succeeded": "succeeded",
    "succeeded_with_warnings": "succeeded",
    "failed": "failed",
    "skipped": "skipped",
    "stopped": "stopped",
}


def handler(
    name: str, items: Union[Listing, Callable[[], Listing]], *, version: str = "0"
) -> Callable[[Sync], Handler]:
    """Makes a handler of a function that synchronizes one item.

    ``items`` are the ids, pairs of id and name, a mapping from id to name, or a function that returns one of these.
    """
    return lambda sync: Handler(name, items, sync, version)


def describe(error: Exception) -> str:
    """What to tell people about an exception."""
    return str(error) or type(error).__name__


def _work(function: Sync, item: Item) -> Optional[str]:
    """Calls a function; if it yields, goes through its steps. However it ends, its ``finally`` blocks run here."""
    steps = function(item)
    if not isgenerator(steps):
        return steps if isinstance(steps, str) else None
    try:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value if isinstance(end.value, str) else None
            item.step(step)
    finally:
        steps.close()


def _more(error: Exception, can_jump: bool) -> Message:
    """What an entry about an exception says besides its text."""
    if not isinstance(error, Failed):
        return {"detail": "".join(traceback.format_exception(type(error), error, error.__traceback__))}
    jump = True if can_jump and error.log_id is not None else None
    return {"detail": error.detail, "kind": error.kind, "code": error.code, "log_id": error.log_id, "jump": jump}


def _items(host: Host, params: Message) -> List[Item]:
    items = params.get("items")
    if not isinstance(items, list):
        raise Refused(_host.BAD_PARAMS, "`items` is missing")
    states = [item.get("state") if isinstance(item, dict) else None for item in items]
    return [Item(host, _host.item_id(item), state) for item, state in zip(items, states)]


def _listed(item: Listed) -> Message:
    if isinstance(item, str):
        return {"id": item, "name": item}
    if isinstance(item, Mapping):
        return dict(item)
    key, name = item
    return {"id": key, "name": name}
