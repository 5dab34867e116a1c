"""The rules of the protocol that the package keeps for its authors."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List

import pytest
from manager import Manager

Start = Callable[[str], Manager]

ONE_STEP = """
    from syncmgr import handler

    @handler("h", items=["a"])
    def sync(item):
        yield 1, 1

    sync.run()
"""


def test_another_version_is_refused_with_the_range(start: Start) -> None:
    manager = start(ONE_STEP)
    error = manager.ask("initialize", protocol={"min": 2, "max": 9})["error"]
    assert error["code"] == -32002 and error["data"] == {"min": 1, "max": 1}


def test_an_unknown_method_is_refused_and_the_next_one_answered(start: Start) -> None:
    manager = start(ONE_STEP)
    manager.initialize()
    assert manager.ask("dance")["error"]["code"] == -32601
    assert manager.ask("showError", log_id="x")["error"]["code"] == -32601
    assert manager.ask("check")["result"] == {}


@pytest.mark.parametrize("line", [b"\n", b"hello\n", b"[1]\n", b"{\n", b"\xff\xfe{}\n", b'{"jsonrpc":"2.0"}\n'])
def test_a_line_that_is_no_message_is_passed_over(start: Start, line: bytes) -> None:
    manager = start(ONE_STEP)
    manager.send_bytes(line)
    assert manager.initialize()["name"] == "h"


def test_the_end_of_standard_input_ends_the_process_also_in_the_middle_of_an_item(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            try:
                while True:
                    yield
            finally:
                print("tidied")

        sync.run()
        """
    )
    manager.begin("a")
    manager.next()
    assert manager.close() == 0
    assert manager.log == [b"tidied\n"]


def test_a_function_that_never_yields_is_left_behind_when_the_manager_has_gone(start: Start) -> None:
    manager = start(
        """
        import threading
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            yield "the last word"
            threading.Event().wait()

        sync.run()
        """
    )
    manager.begin("a")
    manager.next()
    assert manager.close() == 0


def test_exit_ends_the_process(start: Start) -> None:
    manager = start(ONE_STEP)
    manager.initialize()
    assert manager.ask("shutdown")["result"] == {}
    manager.notify("exit")
    assert manager.process.wait(timeout=30) == 0


def test_a_hundred_thousand_steps_are_few_lines(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            for number in range(100_000):
                yield number, 100_000

        sync.run()
        """
    )
    manager.begin("a")
    manager.result()
    told = manager.progress_lines()
    # Lines go by time, so their number is not fixed; without the limit it would be 100,000.
    assert len(told) < 10_000
    assert told[-1]["done"] == {"items": 99_999}


def test_what_is_held_back_is_shown_although_nothing_follows(start: Start) -> None:
    manager = start(
        """
        import threading
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            yield 1, 2
            yield 2, 2
            threading.Event().wait()

        sync.run()
        """
    )
    manager.begin("a")
    shown = manager.until(lambda message: bool(message["params"].get("done") == {"items": 2}), manager.agree)
    assert shown["params"]["total"] == {"items": 2}


def test_without_credit_no_more_lines_come_than_the_window_allows(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=[str(n) for n in range(9)])
        def sync(item):
            yield 1, 1

        sync.run()
        """
    )
    manager.initialize(window={"messages": 3, "bytes": 262144})
    run = {"run": "r", "items": [{"id": str(n)} for n in range(9)]}
    manager.ask("prepare", **run)
    manager.sync_id = manager.request("sync", epoch=1, **run)
    in_flight: List[int] = []

    def acknowledge_late(message: Dict[str, Any]) -> None:
        in_flight.append(message["params"]["seq"])
        assert len(in_flight) <= 3
        if len(in_flight) == 3:
            manager.verdict(upto=in_flight[-1])
            in_flight.clear()

    assert len(manager.result(acknowledge_late)) == 9


def test_a_checkpoint_waits_for_its_answer_and_leaves_on_a_stop(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            item.checkpoint()
            print("first deleted")
            item.checkpoint()
            print("second deleted")

        sync.run()
        """
    )
    manager.begin("a")
    answers = iter(["go", "stop"])

    def answer(message: Dict[str, Any]) -> None:
        if message["method"] == "checkpoint":
            assert message["params"] == {"item": "a"}
            manager.send({"id": message["id"], "result": {"v": next(answers)}})

    assert manager.result(answer) == [{"id": "a", "outcome": "stopped"}]
    manager.close()
    assert manager.log == [b"first deleted\n"]


def test_a_state_comes_back_and_a_refused_one_ends_the_work(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            item.save(str(int(item.state or "0") + 1))
            yield

        sync.run()
        """
    )
    manager.begin({"id": "a", "state": "41"})
    assert manager.result() == [{"id": "a", "outcome": "succeeded", "state": "42"}]
    run = {"run": "r2", "epoch": 2, "items": [{"id": "a", "state": "42"}]}
    manager.ask("prepare", **run)
    manager.sync_id = manager.request("sync", **run)

    def taken_over(message: Dict[str, Any]) -> None:
        if message["method"] == "state":
            manager.send({"id": message["id"], "result": {"accepted": False}})

    assert manager.result(taken_over)[0]["outcome"] == "stopped"


def test_questions_connections_and_secrets_are_answered_and_a_secret_is_never_shown(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            item.connect("home")
            answer = item.ask("which one?", [("l", "left"), ("r", "right")], default="l")
            nobody = item.ask("password?", password=True)
            secret = item.secret("imap")
            item.info(f"answer {answer}, {nobody}", detail=f"login {secret}")
            raise ValueError(f"cannot log in with {secret}")

        sync.run()
        """
    )
    manager.begin("a")
    logged: List[Any] = []

    def answer(message: Dict[str, Any]) -> None:
        method, params = message["method"], message["params"]
        if method == "log":
            logged.append(params)
        elif method == "connect":
            assert params == {"name": "home"}
            manager.send({"id": message["id"], "result": {"connected": True}})
        elif method == "ask":
            nobody = {"answer": None, "reason": "unattended"}
            given: Any = {"answer": "r"} if params["kind"] == "choice" else nobody
            manager.send({"id": message["id"], "result": given})
        elif method == "secret":
            manager.send({"id": message["id"], "result": {"value": "hunter2"}})

    (result,) = manager.result(answer)
    assert logged[0]["text"] == "answer r, None"
    assert result["text"] == "cannot log in with •••"
    assert len(logged) == 2 and b"hunter2" not in b"".join(manager.lines)


def test_an_undeclared_secret_and_a_missing_connection_fail_the_item_in_words(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a", "b"])
        def sync(item):
            item.secret("imap") if item.id == "a" else item.connect()

        sync.run()
        """
    )
    manager.begin("a", "b")

    def refuse(message: Dict[str, Any]) -> None:
        if message["method"] == "secret":
            manager.send({"id": message["id"], "error": {"code": -32001, "message": "not declared"}})
        elif message["method"] == "connect":
            manager.send({"id": message["id"], "result": {"connected": False, "text": "no network"}})

    texts = [result["text"] for result in manager.result(refuse)]
    assert texts == ["the secret `imap` is not to be had: not declared", "no network"]


def test_the_name_of_a_file_that_is_no_text_stays_json(start: Start) -> None:
    manager = start(
        """
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            yield b"caf\\xe9".decode("utf-8", "surrogateescape")

        sync.run()
        """
    )
    manager.begin("a")
    manager.result()
    texts = [line["text"] for line in manager.progress_lines() if "text" in line]
    assert texts == ["caf\udce9"]
    assert all(json.loads(line) for line in manager.lines)


def test_a_program_that_the_handler_starts_neither_reads_nor_writes_the_lines(start: Start) -> None:
    manager = start(
        """
        import subprocess
        from syncmgr import handler

        @handler("h", items=["a"])
        def sync(item):
            subprocess.run(["sh", "-c", "echo astray; cat"], check=True)
            yield

        sync.run()
        """
    )
    manager.begin("a")
    assert manager.result() == [{"id": "a", "outcome": "succeeded"}]
    manager.close()
    assert manager.log == [b"astray\n"]


def test_started_by_hand_it_says_what_to_do(tmp_path: Any) -> None:
    import os
    import subprocess
    import sys

    from manager import PATIENCE, SOURCES

    program = tmp_path / "notes.py"
    program.write_text('from syncmgr import handler\nhandler("notes", items=[])(lambda item: None).run()\n')
    leader, follower = os.openpty()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCES)}
    ended = subprocess.run(
        [sys.executable, str(program)], stdin=follower, capture_output=True, env=environment, timeout=PATIENCE
    )
    os.close(leader)
    os.close(follower)
    assert ended.returncode == 1
    assert f"syncmgr handlers register notes -- {program}" in ended.stderr.decode()
