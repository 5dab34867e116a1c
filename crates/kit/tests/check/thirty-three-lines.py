#!/usr/bin/env python3
import sys, json
nid = 0
def send(o): sys.stdout.write(json.dumps(o) + "\n"); sys.stdout.flush()
def call(method, params):
    global nid; nid += 1; me = "p%d" % nid
    send({"jsonrpc": "2.0", "id": me, "method": method, "params": params})
    for line in sys.stdin:
        m = json.loads(line)
        if m.get("id") == me and "method" not in m: return m.get("result", {"v": "go"})
        if m.get("method") == "item/status" and m["params"]["status"] == "skip": skipped.add(m["params"]["item"])
    raise SystemExit(0)
skipped = set()
def sync(item):
    work = list(range(40))
    for i, w in enumerate(work):
        v = call("progress", {"item": item, "done": {"items": i}, "total": {"items": len(work)}})["v"]
        if v == "stop": return "stopped", True
        if v == "skip" or item in skipped: return "skipped", False
        # ... do one unit of work here ...
    return "succeeded", False
for line in sys.stdin:
    m = json.loads(line); meth = m.get("method"); r = None
    if meth == "initialize": r = {"protocol": 1, "name": "demo", "version": "1", "caps": ["skip"]}
    elif meth == "enumerate": r = {"items": [{"id": "a", "name": "Demo A"}]}
    elif meth == "sync":
        out = []
        for it in m["params"]["items"]:
            o, stop = sync(it["id"]); out.append({"id": it["id"], "outcome": o})
            if stop: break
        r = {"items": out}
    elif meth == "shutdown": r = {}
    elif meth == "exit": break
    if "id" in m and "method" in m: send({"jsonrpc": "2.0", "id": m["id"], **({"result": r} if r is not None else {"error": {"code": -32601, "message": "not offered"}})})
