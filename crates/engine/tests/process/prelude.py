# What handlers of the tests have in common: reading, writing, and the answers nobody cares about.
import json, os, sys, time

notes = []      # notifications of the host, as they came
early = []      # requests that came while a reply was awaited
count = 0

def raw(data):
    data = data if isinstance(data, bytes) else data.encode()
    while data:
        data = data[os.write(1, data):]

def send(message):
    raw(json.dumps(dict(jsonrpc="2.0", **message)) + "\n")

def tell(method, **params):
    send(dict(method=method, params=params))

def take():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)

def begin(method, **params):
    global count
    count += 1
    send(dict(id="p%d" % count, method=method, params=params))
    return "p%d" % count

def wait(name):
    while True:
        message = take()
        if "method" not in message:
            assert message["id"] == name, message
            return message.get("result", message.get("error"))
        (early if "id" in message else notes).append(message)

def call(method, **params):
    return wait(begin(method, **params))

def until(wanted):
    """Reads notifications until one is wanted."""
    for note in notes:
        if wanted(note):
            return note
    while True:
        message = take()
        (early if "id" in message else notes).append(message)
        if "id" not in message and wanted(message):
            return message

def write(name, content):
    """For the test: the whole file at once."""
    with open(name + ".new", "w") as file:
        file.write(content)
    os.rename(name + ".new", name)

def append(name, line):
    with open(name, "a") as file:
        file.write(line + "\n")

def serve(**answers):
    known = dict(initialize={"protocol": 1}, enumerate={"items": [{"id": "a"}, {"id": "b"}]}, prepare={}, sync={}, shutdown={})
    known.update(answers)
    while True:
        message = early.pop(0) if early else take()
        method = message["method"]
        if method == "exit":
            sys.exit(0)
        if "id" not in message:
            notes.append(message)
            continue
        if method not in known:
            send(dict(id=message["id"], error=dict(code=-32601, message="not offered")))
            continue
        answer = known[method]
        answer = answer(message["params"]) if callable(answer) else answer
        if isinstance(answer, Exception):
            send(dict(id=message["id"], error=dict(code=answer.args[0], message=answer.args[1])))
        elif answer is not None:
            send(dict(id=message["id"], result=answer))
