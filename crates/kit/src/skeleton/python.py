#!/usr/bin/env python3
"""HANDLER_NAME: a handler for the synchronization manager syncmgr.

The manager starts this program and speaks with it over standard input and output, one JSON object a line. Change
`items` and `sync`, which are yours; what follows them is the protocol and can stay as it is.

    syncmgr handlers check ./syncmgr-handler-HANDLER_NAME
    syncmgr handlers register HANDLER_NAME -- ./syncmgr-handler-HANDLER_NAME
    syncmgr handlers trust HANDLER_NAME
    syncmgr sync HANDLER_NAME

With the package `syncmgr-handler` everything below the second line of dashes becomes `from syncmgr import handler`,
`@handler("HANDLER_NAME", items)` above `sync`, and `sync.run()` at the end.
"""

import json
import os
import sys
import traceback

# ---------------------------------------------------------------------------------------------------------------- yours


def items():
    """What can be synchronized: an id that never changes, and a name to show."""
    return {"inbox": "Inbox", "archive": "Archive"}


def sync(item):
    """Synchronizes one item.

    Yield how far it is before each unit of work: (done, total, text). If the user skips the item or stops everything, the
    function ends at that `yield`, and its `finally` blocks run. An exception makes the item failed.
    """
    messages = ["one", "two", "three", "four", "five"]
    for number, message in enumerate(messages):
        yield number, len(messages), f"message {message}"
        # One unit of work. The working directory is private to this handler and kept. Written beside its place and then
        # renamed, so that a run that is killed leaves whole files only.
        with open(f"{item}-{message}.new", "w", encoding="utf-8") as copy:
            copy.write(message)
        os.replace(f"{item}-{message}.new", f"{item}-{message}")


# ---------------------------------------------------------------------------------------------------------- the protocol

# The protocol gets a descriptor of its own, and `print` (here and in programs this one starts) goes to the handler's log.
out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)
sys.stdin.reconfigure(encoding="utf-8", errors="replace")
n_calls = 0


def send(message):
    out.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    out.flush()


def receive():
    """The next message of the manager. When it has gone, this process goes, too."""
    for line in sys.stdin:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict):
            return message
    raise SystemExit


def call(method, params):
    """Asks the manager and waits for its answer. While the user has paused, no answer comes: so this waits."""
    global n_calls
    n_calls += 1
    key = f"p{n_calls}"
    send({"id": key, "method": method, "params": params})
    while True:
        message = receive()
        # Whatever else comes here is news that the next answer tells again.
        if message.get("id") == key and "method" not in message:
            return message.get("result", {"v": "stop"})


def sync_item(item):
    """Goes through the steps of an item; returns its outcome, and why if there is more to say."""
    steps = sync(item)
    try:
        for done, total, text in steps:
            progress = {"item": item, "text": text, "done": {"items": done}, "total": {"items": total}}
            verdict = call("progress", progress)["v"]
            if verdict != "go":
                return {"skip": "skipped", "stop": "stopped", "yield": "deferred"}.get(verdict, "stopped"), None
        return "succeeded", None
    except Exception as error:
        send({"method": "log", "params": {"text": str(error), "level": "error", "item": item, "detail": traceback.format_exc()}})
        return "failed", str(error)
    finally:
        steps.close()


def sync_all(params):
    results = []
    for item in params["items"]:
        outcome, text = sync_item(item["id"])
        results.append({"id": item["id"], "outcome": outcome, **({"text": text} if text else {})})
        if outcome == "stopped":
            break
    return {"items": results}


def initialize(params):
    if not params["protocol"]["min"] <= 1 <= params["protocol"]["max"]:
        return None
    return {"protocol": 1, "name": "HANDLER_NAME", "version": "1", "caps": ["skip", "pause"]}


ANSWERS = {
    "initialize": initialize,
    "enumerate": lambda _params: {"items": [{"id": key, "name": name} for key, name in items().items()]},
    "prepare": lambda _params: {},
    "sync": sync_all,
    "shutdown": lambda _params: {},
}


def main():
    while True:
        message = receive()
        method = message.get("method")
        if method == "exit":
            return
        if method is None or "id" not in message:
            continue
        result = ANSWERS[method](message.get("params", {})) if method in ANSWERS else None
        if result is not None:
            send({"id": message["id"], "result": result})
        elif method == "initialize":
            error = {"code": -32002, "message": "speaks version 1 only", "data": {"min": 1, "max": 1}}
            send({"id": message["id"], "error": error})
        else:
            send({"id": message["id"], "error": {"code": -32601, "message": f"`{method}` is not offered"}})


if __name__ == "__main__":
    main()
