"""A handler for tests. Its items are its arguments, and each is named after what it does."""

import json
import os
import signal
import sys

out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)
n_calls = 0
may_bother = False


def send(**message):
    out.write(json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")) + "\n")
    out.flush()


def call(method, **params):
    global n_calls
    n_calls += 1
    me = f"p{n_calls}"
    send(id=me, method=method, params=params)
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("id") == me and "method" not in message:
            return message.get("result", {"error": message.get("error")})
    raise SystemExit(0)


def keep(name, value):
    """Written into the handler's own directory, for the test to read."""
    with open(name, "w", encoding="utf-8") as file:
        json.dump(value, file)


def sync(item):
    """One item; tells (outcome, text)."""
    if item == "plain":
        for done in range(3):
            call("progress", item=item, done={"items": done}, total={"items": 3}, text=f"message {done}")
    elif item == "endless":
        while True:
            verdict = call("progress", item=item, text="working")["v"]
            if verdict != "go":
                return ("skipped" if verdict == "skip" else "stopped"), None
    elif item == "counting":
        n_done = 0
        while True:
            n_done += 1
            verdict = call("progress", item=item, done={"items": n_done}, total={"items": 10**9}, text=f"message {n_done}")["v"]
            if verdict != "go":
                return ("skipped" if verdict == "skip" else "stopped"), None
    elif item == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        call("progress", item=item, text="working")
        while True:
            signal.pause()
    elif item == "broken":
        if not os.path.exists("repaired"):
            call("log", item=item, level="error", text="the key is missing", log_id="key", jump=True,
                 detail="looked in the drawer", code="E1", **{"class": "auth"})
            return "failed", None
    elif item == "asking":
        answer = call("ask", item=item, text="Password for ann?", kind="password")
        keep("answer", answer)
    elif item == "choosing":
        choices = [{"id": "l", "label": "keep left"}, {"id": "r", "label": "keep right"}]
        keep("answer", call("ask", item=item, text="Which?", choices=choices, default="l"))
    elif item == "torn":
        call("conflict", item=item, key="draft", kind="edit-edit")
    elif item == "secret":
        keep("secret", [call("secret", key="token"), call("secret", key="other")])
    return "succeeded", None


def results(items):
    found = []
    for item in items:
        outcome, text = sync(item["id"])
        found.append({"id": item["id"], "outcome": outcome, **({"text": text} if text else {})})
        if outcome == "stopped":
            break
    return {"items": found}


def answer(method, params):
    global may_bother
    if method == "initialize":
        may_bother = params["may_bother_user"]
        keep("initialize", params)
        keep("environment", dict(os.environ))
        caps = ["skip", "properties", "show_error"] + (["conflict"] if "torn" in sys.argv else [])
        return {"protocol": 1, "name": "Test", "version": "1", "caps": caps}
    if method == "enumerate":
        gate = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "gate")
        if os.path.exists(gate):
            # Waits until the test opens the other end.
            open(gate).read()
        flags = lambda item: {"flags": ["properties"]} if item == "plain" else {}
        return {"items": [{"id": item, "name": item.title(), **flags(item)} for item in sys.argv[1:]]}
    if method == "sync":
        keep("synchronized", params["items"])
        return results(params["items"])
    if method == "showError" and "forgetful" in sys.argv:
        return None
    if method == "showError":
        keep("repaired", True)
        send(method="log/delete", params={"log_id": "key"})
        return {"retry": ["broken"]}
    if method == "properties":
        keep("properties", params)
        return {"changed": "nothing"}
    return {}


for line in sys.stdin:
    message = json.loads(line)
    method = message.get("method")
    if method == "exit":
        break
    if "id" in message and method:
        result = answer(method, message.get("params", {}))
        if result is None:
            send(id=message["id"], error={"code": -32602, "message": "never heard of it"})
        else:
            send(id=message["id"], result=result)
