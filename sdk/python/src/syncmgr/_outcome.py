"""How work on an item ends, other than by success."""

from __future__ import annotations

from datetime import datetime
from typing import Optional


class Cancelled(BaseException):
    """Work on an item ends before it is through.

    Not an ``Exception``, so that ``except Exception`` around one unit of work does not swallow the user's wish.
    """

    outcome = "stopped"

    def __init__(self, text: Optional[str] = None) -> None:
        super().__init__(text or "")
        self.text = text


class Skip(Cancelled):
    """This item is left out: the user skipped it, or the handler raises it because there is nothing to do here."""

    outcome = "skipped"


class Stop(Cancelled):
    """Everything is stopped."""


class Deferred(Cancelled):
    """The rest of this item is done in a later run: at ``not_before``, or as soon as there is one."""

    outcome = "deferred"

    def __init__(self, text: Optional[str] = None, not_before: Optional[datetime] = None) -> None:
        super().__init__(text)
        if not_before is not None and not_before.tzinfo is None:
            raise ValueError("`not_before` needs a time zone, for example `datetime.now(timezone.utc)`")
        self.not_before = not_before


class Failed(Exception):
    """The item failed, in words for people.

    Any other exception makes it fail too; this one says more and brings no traceback. ``kind`` is ``"transient"``
    (worth another try), ``"permanent"``, ``"auth"`` or ``"config"``. With ``log_id`` and a ``show_error`` function the
    entry can be opened by the user.
    """

    def __init__(
        self,
        text: str,
        *,
        kind: Optional[str] = None,
        code: Optional[str] = None,
        detail: Optional[str] = None,
        log_id: Optional[str] = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.kind = kind
        self.code = code
        self.detail = detail
        self.log_id = log_id
