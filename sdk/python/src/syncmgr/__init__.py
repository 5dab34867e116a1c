"""Handlers for the synchronization manager syncmgr.

A handler is a function that yields progress::

    from syncmgr import handler

    @handler("notes", items=["inbox", "archive"])
    def sync(item):
        messages = fetch(item.id)
        for number, message in enumerate(messages):
            yield number, len(messages), message.title
            store(message)

    if __name__ == "__main__":
        sync.run()

Each ``yield`` shows how far the item is and is the place where a skip, a stop or a pause of the user takes effect:
the function is closed there, and its ``finally`` blocks run. Returning means success, an exception means that the
item failed. What ``print`` writes goes to the handler's log, never between the lines of the protocol.
"""

from ._handler import Entry, Handler, handler
from ._item import Item, Stats
from ._outcome import Deferred, Failed, Skip, Stop
from ._host import Refused, Session

__all__ = [
    "Deferred",
    "Entry",
    "Failed",
    "Handler",
    "Item",
    "Refused",
    "Session",
    "Skip",
    "Stats",
    "Stop",
    "handler",
]
