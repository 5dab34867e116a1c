"""What all scripts share: the browser, the manager behind the page, and what must never happen in any of them."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PICTURES = os.environ.get("SYNCMGR_WEB_PICTURES")
# Far more than anything here takes; what needs all of it has failed.
PATIENCE = 30_000

# The smallest picture there is.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


# What is told of a window in which something did not come about.
LOOKS = (
    "({ hash: location.hash, scrolled: scrollY, window: innerHeight, whole: document.documentElement.scrollHeight,"
    " text: document.body.innerText.slice(0, 500) })"
)


def wish(do: str, **about: object) -> object:
    """Has something happen at the manager's side, and gives what comes of it."""
    print("@" + json.dumps({"do": do, **about}), flush=True)
    return json.loads(sys.stdin.readline())


def asked() -> list[dict[str, object]]:
    """What the manager was asked, but for pages."""
    return wish("asked")  # type: ignore[return-value]


def sent(page: Page, word: str, count: int = 1) -> list[dict[str, object]]:
    """What the manager was asked with this word, once that is so often: a page draws what comes next before it has been answered."""
    limit = time.monotonic() + PATIENCE / 1000
    while len(found := [one for one in asked() if one["request"] == word]) < count:
        assert time.monotonic() < limit, f"never asked {count} times: {word}; asked: {asked()}"
        page.wait_for_timeout(20)
    return found


class Window:
    """A window of a browser that was let in, and what went wrong in it."""

    def __init__(self, browser: Browser, **about: object) -> None:
        self.context: BrowserContext = browser.new_context(**about)  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE)
        self.context.route("**/v1/content*", lambda route: route.fulfill(body=DOT, content_type="image/png"))
        self.wrong: list[str] = []
        self.is_cut_off = False
        self.page = self.another()
        self.open()

    def another(self) -> Page:
        """One more page in the same browser."""
        page = self.context.new_page()
        page.on("console", lambda message: self.note(message.type, message.text))
        page.on("pageerror", lambda error: self.note("error", str(error)))
        page.on("dialog", lambda dialog: self.note("error", f"a dialog: {dialog.message}"))
        return page

    def note(self, kind: str, text: str) -> None:
        # A browser tells each request that nobody answered.
        expected = self.is_cut_off and "Failed to load resource" in text
        if kind in ("error", "warning") and not expected:
            self.wrong.append(text)

    def open(self, place: str = "/items") -> None:
        link = str(wish("link"))
        self.page.goto(f"{link}#{place}")
        self.page.wait_for_selector(".page")

    def go(self, place: str) -> None:
        """Another place of the page that is open."""
        self.page.evaluate("(to) => { location.hash = to; }", f"#{place}")
        screen = place.split("/")[1].split("?")[0]
        self.page.wait_for_selector(f'.page[data-screen="{screen}"]')
        self.page.wait_for_selector('main[aria-busy="false"]')


def picture(page: Page, name: str) -> None:
    """Keeps a picture, where somebody wants pictures."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png")


def until(page: Page, expression: str, about: object = None) -> None:
    """Looks again and again until something is so. What Playwright has for it runs texts in the page, which its policy forbids."""
    limit = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(expression, about):
        assert time.monotonic() < limit, f"never: {expression} with {about}; the window: {page.evaluate(LOOKS)}"
        page.wait_for_timeout(20)


def run(*scenes: Callable[[Browser], None]) -> None:
    """Plays scenes one after the other; tells which failed, and fails if any did."""
    expect.set_options(timeout=PATIENCE)
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for scene in scenes:
            try:
                scene(browser)
                print(f"  {scene.__name__}: ok", flush=True)
            except Exception:
                traceback.print_exc(file=sys.stdout)
                print(f"  {scene.__name__}: FAILED", flush=True)
                failed.append(scene.__name__)
            for context in browser.contexts:
                context.close()
        browser.close()
    sys.exit(1 if failed else 0)


def scene(play: Callable[[Window], None]) -> Callable[[Browser], None]:
    """A scene in a window of its own, in which nothing may go wrong besides."""

    def played(browser: Browser) -> None:
        wish("forget")
        window = Window(browser)
        play(window)
        assert not window.wrong, window.wrong

    played.__name__ = play.__name__
    return played
