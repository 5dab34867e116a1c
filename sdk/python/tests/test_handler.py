"""What an author may rely on, through a real process."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List

from manager import Manager

Start = Callable[[str], Manager]

COUNTER = """
    from syncmgr import handler

    @handler("counter", items={"a": "first", "b": "second"}, version="1.2")
    def sync(item):
        try:
            for number in range(3):
                yield number, 3, f"{item} {number}"
        finally:
            print("closed", item)

    sync.run()
"""

#: Works until it is told to end.
ENDLESS = """
    import itertools
    from syncmgr import handler

    @handler("endless", items=["a", "b"])
    def sync(item):
        try:
            for number in itertools.count():
                yield number
        finally:
            print("closed", item)

    sync.run()
"""


def test_a_handler_says_what_it_is_and_lists_its_items(start: Start) -> None:
    manager = start(COUNTER)
    result = manager.initialize()
    assert result == {"protocol": 1, "name": "counter", "version": "1.2", "caps": ["skip", "pause", "resume_state"]}
    listing = manager.ask("enumerate")["result"]
    assert listing == {"items": [{"id": "a", "name": "first"}, {"id": "b", "name": "second"}]}


def test_a_function_that_yields_to_its_end_has_succeeded_and_each_item_is_final_at_once(start: Start) -> None:
    manager = start(COUNTER)
    manager.begin("a", "b")
    assert manager.result() == [{"id": "a", "outcome": "succeeded"}, {"id": "b", "outcome": "succeeded"}]
    told = manager.progress_lines()
    assert [line["seq"] for line in told] == list(range(1, len(told) + 1))
    finals = [(line["item"], line["status"]) for line in told if "status" in line]
    assert finals == [("a", "succeeded"), ("b", "succeeded")]
    last = [line for line in told if line["item"] == "a"][-1]
    assert last["done"] == {"items": 2} and last["total"] == {"items": 3} and last["text"] == "a 2"


def test_the_line_of_a_message_is_compact_and_begins_with_jsonrpc(start: Start) -> None:
    manager = start(COUNTER)
    manager.initialize()
    assert manager.lines[0].startswith(b'{"jsonrpc":"2.0","id":1,"result":{"protocol":1,')


def test_prints_go_to_the_log_and_not_between_the_lines(start: Start) -> None:
    manager = start(COUNTER)
    manager.begin("a")
    manager.result()
    assert manager.close() == 0
    assert manager.log == [b"closed a\n"]
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in manager.lines)


def test_a_skip_closes_the_function_of_this_item_and_the_next_one_runs(start: Start) -> None:
    manager = start(ENDLESS)
    manager.begin("a", "b")
    skip_then_stop: Dict[str, Callable[[], None]] = {
        "a": lambda: manager.verdict(a="skip"),
        "b": lambda: manager.verdict(all="stop"),
    }
    results = manager.result(lambda message: skip_then_stop[message["params"]["item"]]())
    assert results == [{"id": "a", "outcome": "skipped"}, {"id": "b", "outcome": "stopped"}]
    manager.close()
    assert manager.log == [b"closed a\n", b"closed b\n"]


def test_after_a_stop_no_further_item_is_begun(start: Start) -> None:
    manager = start(ENDLESS)
    manager.begin("a", "b")
    results = manager.result(lambda _message: manager.notify("item/status", item=None, status="stop"))
    assert [result["outcome"] for result in results] == ["stopped", "stopped"]
    manager.close()
    assert manager.log == [b"closed a\n"]


def test_an_item_that_is_skipped_before_it_begins_is_not_begun(start: Start) -> None:
    manager = start(ENDLESS)
    manager.answer_with("skip")
    manager.begin("a")
    assert manager.result() == [{"id": "a", "outcome": "skipped"}]
    manager.close()
    assert manager.log == []


def test_what_ends_work_never_weakens(start: Start) -> None:
    manager = start(ENDLESS)
    manager.begin("a")

    def stop_and_take_it_back(message: Dict[str, Any]) -> None:
        manager.verdict(all="stop", upto=message["params"]["seq"])
        manager.verdict(all="go", upto=message["params"]["seq"])

    assert manager.result(stop_and_take_it_back) == [{"id": "a", "outcome": "stopped"}]


def test_a_yield_defers_the_item_with_its_state(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            item.save("page 7")
            while True:
                yield

        sync.run()
        """
    )
    manager.begin("a")

    def keep_then_yield(message: Dict[str, Any]) -> None:
        manager.agree(message)
        if message["method"] == "state":
            manager.verdict(all="yield")

    assert manager.result(keep_then_yield) == [{"id": "a", "outcome": "deferred", "state": "page 7"}]


def test_a_paused_handler_says_nothing_until_it_may_go_on(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            yield "before"
            item.info("working")
            yield "after"

        sync.run()
        """
    )
    manager.initialize()
    run = {"run": "r", "items": [{"id": "a"}]}
    manager.ask("prepare", **run)
    manager.verdict(all="pause")
    manager.sync_id = manager.request("sync", epoch=1, **run)
    assert manager.says_nothing()
    manager.verdict(all="go")
    assert manager.result() == [{"id": "a", "outcome": "succeeded"}]
    methods = [json.loads(line).get("method") for line in manager.lines]
    assert "log" in methods


def test_an_exception_fails_the_item_with_its_text_and_a_traceback_in_the_entry(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a", "b"])
        def sync(item):
            yield
            if item.id == "a":
                raise OSError("the disk is full")

        sync.run()
        """
    )
    manager.begin("a", "b")
    entries: List[Any] = []

    def keep(message: Dict[str, Any]) -> None:
        if message["method"] == "log":
            entries.append(message["params"])
        manager.agree(message)

    results = manager.result(keep)
    assert results[0] == {"id": "a", "outcome": "failed", "text": "the disk is full"}
    assert results[1]["outcome"] == "succeeded"
    (entry,) = entries
    assert (entry["text"], entry["level"], entry["item"]) == ("the disk is full", "error", "a")
    assert entry["detail"].startswith("Traceback") and "raise OSError" in entry["detail"]


def test_a_failure_in_words_brings_its_kind_and_no_traceback(start: Start) -> None:
    manager = start(
        """
        from syncmgr import Failed, handler

        @handler("h", items=["a"])
        def sync(item):
            raise Failed("the password was refused", kind="auth", code="535", log_id="login")

        @sync.show_error
        def show(entry):
            return ["a"] if entry.log_id == "login" else None

        sync.run()
        """
    )
    manager.begin("a")
    entries: List[Any] = []
    manager.result(lambda message: entries.append(message["params"]))
    entry = entries[0]
    expected: Dict[str, Any] = {"level": "error", "class": "auth", "code": "535", "log_id": "login", "jump": True, "item": "a"}
    assert entry == {"text": "the password was refused", **expected}
    assert manager.ask("showError", log_id="login")["result"] == {"retry": ["a"]}
    assert manager.ask("showError", log_id="other")["result"] == {}


def test_a_warning_makes_it_succeed_with_warnings(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            item.warn("one message was too large", detail="message 12")
            item.stats.inserts += 3
            return "all but one"

        sync.run()
        """
    )
    manager.begin("a")
    (result,) = manager.result(lambda _message: None)
    expected: Dict[str, Any] = {"outcome": "succeeded_with_warnings", "text": "all but one", "stats": {"inserts": 3}}
    assert result == {"id": "a", **expected}


def test_an_author_may_skip_and_defer_too(start: Start) -> None:
    manager = start(
        """
        from datetime import datetime, timezone
        from syncmgr import Deferred, Skip, handler

        @handler("h", items=["a", "b"])
        def sync(item):
            if item.id == "a":
                raise Skip("nothing is plugged in")
            raise Deferred("too many requests", datetime(2030, 1, 2, tzinfo=timezone.utc))

        sync.run()
        """
    )
    manager.begin("a", "b")
    skipped, deferred = manager.result()
    assert skipped == {"id": "a", "outcome": "skipped", "text": "nothing is plugged in"}
    assert deferred["outcome"] == "deferred" and deferred["not_before"] == "2030-01-02T00:00:00+00:00"


def test_a_list_of_thousands_comes_in_parts(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=lambda: (f"item {n}" for n in range(1234)))
        def sync(item):
            yield

        sync.run()
        """
    )
    manager.initialize()
    key = manager.request("enumerate")
    ids: List[str] = []
    reply = manager.until(
        lambda message: message.get("id") == key,
        lambda message: ids.extend(item["id"] for item in message["params"]["items"]),
    )
    ids += [item["id"] for item in reply["result"]["items"]]
    assert ids == [f"item {n}" for n in range(1234)]
    assert len(manager.lines) == 4


def test_a_plan_is_told_in_a_dry_run_and_nothing_is_synchronized(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            raise SystemExit("must not be called")

        @sync.plan
        def plan(item):
            item.planned("create", "notes/a.md")
            yield 1, 1

        sync.run()
        """
    )
    assert "plan" in manager.initialize(dry_run=True)["caps"]
    planned: List[Any] = []
    key = manager.request("prepare", run="r", items=[{"id": "a"}])
    manager.until(lambda message: message.get("id") == key, planned.append)
    changes = [message["params"]["changes"] for message in planned if message["method"] == "plan"]
    assert changes == [[{"side": "right", "action": "create", "path": "notes/a.md"}]]
