"""The examples of the README are handlers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable

import pytest
from manager import Manager

README = Path(__file__).parent.parent / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_synchronizes_its_items(start: Callable[[str], Manager], text: str) -> None:
    manager = start(text)
    manager.initialize()
    items = manager.ask("enumerate")["result"]["items"]
    run = {"run": "r", "items": items}
    assert manager.ask("check")["result"] == {}
    manager.ask("prepare", **run)
    manager.sync_id = manager.request("sync", epoch=1, **run)
    outcomes = {result["id"]: result["outcome"] for result in manager.result()}
    assert outcomes == {"inbox": "succeeded", "archive": "succeeded"}
