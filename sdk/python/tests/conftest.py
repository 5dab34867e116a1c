from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Callable, Iterator, List

import pytest
from manager import Manager


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Manager]]:
    """Starts a handler from its text."""
    started: List[Manager] = []

    def start(text: str) -> Manager:
        program = tmp_path / f"handler{len(started)}.py"
        program.write_text(textwrap.dedent(text), encoding="utf-8")
        manager = Manager(program)
        started.append(manager)
        return manager

    yield start
    for manager in started:
        manager.kill()
