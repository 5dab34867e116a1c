#!/usr/bin/env python3
"""A handler that keeps the protocol. Each test breaks it in one place; the places are where `change` replaces a line."""
import json
import os
import sys

out = os.fdopen(os.dup(1), "wb", 0)
os.dup2(2, 1)
seq = 0
calls = 0
SKIPPED, STOPPED = "skipped", "stopped"


def write(text):
    out.write(text.encode() + b"\n")


def send(message):
    write(json.dumps({"jsonrpc": "2.0", **message}))


def receive():
    while True:
        line = sys.stdin.buffer.readline()
        if not line:
            leave()
        try:
            return json.loads(line)
        except ValueError:
            garbage()


def leave():
    sys.exit(0)


def garbage():
    pass


def call(method, params):
    global calls
    calls += 1
    send({"id": "p%d" % calls, "method": method, "params": params})
    while True:
        message = receive()
        if message.get("id") == "p%d" % calls and "method" not in message:
            return message.get("result", {"v": "stop"})


def sync(item):
    for number in range(5):
        verdict = call("progress", {"item": item["id"], "done": {"items": number}, "total": {"items": 5}})["v"]
        if verdict != "go":
            return SKIPPED if verdict == "skip" else STOPPED
        if number == 2:
            verdict = call("checkpoint", {"item": item["id"]})["v"]
            if verdict != "go":
                return SKIPPED if verdict == "skip" else STOPPED
    return "succeeded"


def sync_all(params):
    return {"items": [{"id": item["id"], "outcome": sync(item)} for item in params["items"]]}


def main():
    while True:
        message = receive()
        method = message.get("method")
        if method == "exit":
            leave()
        if "id" not in message:
            continue
        params = message.get("params", {})
        if method == "initialize":
            low, high = params["protocol"]["min"], params["protocol"]["max"]
            if not low <= 1 <= high:
                send({"id": message["id"], "error": {"code": -32002, "message": "version 1 only"}})
                continue
            result = {"protocol": 1, "name": "base", "version": "1", "caps": ["skip", "pause", "resume_state"]}
        elif method == "enumerate":
            result = {"items": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]}
        elif method == "prepare":
            result = {}
        elif method == "sync":
            result = sync_all(params)
        elif method == "shutdown":
            result = {}
        else:
            send({"id": message["id"], "error": {"code": -32601, "message": "not offered"}})
            continue
        send({"id": message["id"], "result": result})


main()
