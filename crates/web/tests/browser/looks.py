"""Every page, in light and dark, narrow and wide: nothing hidden from anybody, nothing beside the window."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from stage import Window, picture, run, wish

PLACES = {
    "items": "/items",
    "first-run": "/items/first",
    "synchronizing": "/synchronizing",
    "results": "/results",
    "conflicts": "/conflicts",
    "conflict": "/conflict/report.txt",
    "pictures": "/conflict/picture",
    "plan": "/plan/music",
    "history": "/history",
    "settings": "/settings",
    "why": "/why/photos",
    "connections": "/connections",
    "questions": "/questions",
    "trash": "/trash",
    "hostile": "/items/hostile",
}

AXE = Axe()


def without_obstacles(window: Window, where: str) -> None:
    found = AXE.run(window.page)
    told = [
        f"{one['id']}: {one['help']}: {[node['html'][:160] + ' ' + str(node.get('failureSummary'))[:300] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
    ]
    assert not told, (where, told)


def inside(window: Window, where: str) -> None:
    too_wide = window.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, (where, too_wide)


def in_scheme(scheme: str):  # type: ignore[no-untyped-def]
    def played(browser: Browser) -> None:
        window = Window(browser, color_scheme=scheme, reduced_motion="reduce", viewport={"width": 1280, "height": 800})
        for name, place in PLACES.items():
            window.go(place)
            if window.page.locator(".row").count():
                window.page.keyboard.press("ArrowDown")
            without_obstacles(window, f"{name}, {scheme}")
            inside(window, name)
            picture(window.page, f"{name}-{scheme}")
        assert not window.wrong, window.wrong

    played.__name__ = f"no_page_has_obstacles_in_the_{scheme}"
    return played


def no_dialog_has_obstacles(browser: Browser) -> None:
    for scheme in ["light", "dark"]:
        window = Window(browser, color_scheme=scheme, viewport={"width": 1280, "height": 800})
        page = window.page
        dialog = page.get_by_role("dialog")
        page.get_by_role("button", name="Add folders").click()
        page.get_by_text("More", exact=True).click()
        page.get_by_label("Left folder").fill("/missing")
        page.get_by_label("Right folder").fill("/right")
        dialog.get_by_role("button", name="Add").click()
        expect(dialog.get_by_role("alert")).to_contain_text("/missing")
        without_obstacles(window, f"form, {scheme}")
        picture(page, f"form-{scheme}")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Let it pass once").click()
        without_obstacles(window, f"confirmation, {scheme}")
        picture(page, f"confirmation-{scheme}")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        without_obstacles(window, f"keys, {scheme}")
        picture(page, f"keys-{scheme}")
        page.keyboard.press("Escape")
        wish("question", question={"question": 9, "from": "backup", "item": None, "text": "The repository is locked. Unlock it?", "kind": "choice",
                                   "detail": "It was locked by nas, 3 hours ago.", "default": "wait",
                                   "choices": [{"id": "wait", "label": "Wait"}, {"id": "unlock", "label": "Unlock"}]})
        expect(dialog).to_be_visible()
        without_obstacles(window, f"question, {scheme}")
        picture(page, f"question-{scheme}")
        page.get_by_role("button", name="Wait", exact=True).click()
        expect(dialog).to_have_count(0)
        assert not window.wrong, window.wrong
        window.context.close()


def every_page_fits_into_every_window(browser: Browser) -> None:
    for width, height in [(360, 640), (768, 1024), (2560, 1440)]:
        window = Window(browser, viewport={"width": width, "height": height})
        for name, place in PLACES.items():
            window.go(place)
            if window.page.locator(".row").count():
                window.page.keyboard.press("ArrowDown")
            inside(window, f"{name} at {width}")
            picture(window.page, f"{name}-{width}")
        if width == 360:
            without_obstacles(window, "narrow")
            window.go("/items")
            window.page.keyboard.press("a")
            inside(window, "form at 360")
            picture(window.page, "form-360")
        assert not window.wrong, window.wrong
        window.context.close()


def no_door_has_obstacles(browser: Browser) -> None:
    window = Window(browser)
    window.is_cut_off = True
    front = window.page.url.split("#")[0]
    window.context.clear_cookies()
    window.page.goto(front)
    without_obstacles(window, "the door")
    picture(window.page, "door")


def the_page_is_one_that_can_be_installed(browser: Browser) -> None:
    window = Window(browser)
    session = window.context.new_cdp_session(window.page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == [], manifest["errors"]
    hindrances = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A window of a test is one that keeps nothing.
    assert [one["errorId"] for one in hindrances if one["errorId"] != "in-incognito"] == [], hindrances
    assert not window.wrong, window.wrong


def what_moves_stands_still_for_who_wants_that(browser: Browser) -> None:
    window = Window(browser, reduced_motion="reduce")
    window.go("/synchronizing")
    assert window.page.evaluate("document.getAnimations().length") == 0


run(
    in_scheme("light"),
    in_scheme("dark"),
    no_dialog_has_obstacles,
    every_page_fits_into_every_window,
    no_door_has_obstacles,
    the_page_is_one_that_can_be_installed,
    what_moves_stands_still_for_who_wants_that,
)
