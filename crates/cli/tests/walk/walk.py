"""A new user adds two folders, looks at the plan, synchronizes, skips, stops, settles a conflict, asks why, schedules, undoes."""

import time

from playwright.sync_api import Locator, Page, expect

from stage import PATIENCE, Window, picture, run, scene, wish


def becomes(path: str, text: str) -> None:
    """Looks until a file holds this."""
    limit = time.monotonic() + PATIENCE / 1000
    while wish("read", path=path) != text:
        assert time.monotonic() < limit, f"{path} never holds {text!r}"


def tab(page: Page, name: str, screen: str) -> None:
    page.get_by_role("navigation", name="Screens").get_by_role("link", name=name).click()
    page.wait_for_selector(f'.page[data-screen="{screen}"]')


def choose(page: Page, name: str) -> None:
    page.locator(".row").filter(has_text=name).first.locator(".cell").nth(1).click()
    expect(page.locator(".row.chosen")).to_contain_text(name)


def row(page: Page, name: str) -> Locator:
    return page.locator(".row").filter(has_text=name).first


def do(page: Page, action: str) -> None:
    page.locator(f'[data-action="{action}"]').first.click()


@scene
def a_new_user_gets_along(window: Window) -> None:
    page = window.page
    dialog = page.get_by_role("dialog")

    # Nothing is there, and what to do is.
    expect(page.locator(".headline").first).to_contain_text("Nothing is kept in step yet")
    picture(page, "walk-1-first")
    do(page, "add_folder")
    dialog.get_by_label("Left folder").fill(str(wish("folder", name="left")))
    dialog.get_by_label("Right folder").fill(str(wish("folder", name="missing")))
    dialog.get_by_label("Name").fill("papers")
    picture(page, "walk-2-form")
    dialog.get_by_label("Right folder").fill(str(wish("folder", name="right")))
    dialog.get_by_role("button", name="Add them").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".row")).to_contain_text("papers")
    picture(page, "walk-3-added")

    # What would it do? Then it does.
    choose(page, "papers")
    do(page, "dry_run")
    page.wait_for_selector('.page[data-screen="plan"]')
    expect(page.locator(".row").filter(has_text="report.txt").first).to_be_visible()
    assert wish("read", path="right/report.txt") is None
    picture(page, "walk-4-plan")
    do(page, "approve")
    if dialog.count():
        dialog.locator('[data-answer="yes"]').click()
    becomes("right/report.txt", "first\n")
    becomes("right/more/photo", "1")
    picture(page, "walk-5-ran")

    # Something that takes as long as it is let: left out, then everything is stopped.
    tab(page, "Settings", "settings")
    page.get_by_role("link", name="Handlers").click()
    expect(page.locator("h1")).to_have_text("Handlers")
    do(page, "register")
    dialog.get_by_label("Name").fill("notes")
    dialog.get_by_label("Program").fill("python3")
    dialog.get_by_label("Arguments").fill("\n".join([str(wish("handler")), "counting", "plain"]))
    picture(page, "walk-6-handler")
    dialog.get_by_role("button", name="Register").click()
    expect(dialog).to_have_count(0)
    # It does not run before it is trusted, and every page says so.
    tab(page, "Items", "items")
    expect(page.locator(".notices")).to_contain_text("notes is not trusted yet")
    page.locator(".notices").get_by_role("button", name="Look at it").click()
    choose(page, "notes")
    do(page, "trust")
    picture(page, "walk-6-trust")
    dialog.locator('[data-answer="yes"]').click()
    tab(page, "Items", "items")
    expect(row(page, "notes/Counting")).to_be_visible()
    do(page, "sync_ticked")
    page.wait_for_selector('.page[data-screen="synchronizing"]')
    expect(row(page, "notes/Counting")).to_contain_text("updating")
    said = row(page, "notes/Counting").inner_text()
    expect(row(page, "notes/Counting")).not_to_have_text(said)
    picture(page, "walk-6-running")
    # Out of sight, and back.
    do(page, "minimize")
    page.wait_for_selector('.page[data-screen="items"]')
    tab(page, "Synchronizing", "synchronizing")
    expect(row(page, "notes/Counting")).to_have_count(0)
    do(page, "show_all")
    expect(row(page, "notes/Counting")).to_contain_text("updating")
    choose(page, "notes/Counting")
    do(page, "skip")
    expect(row(page, "notes/Counting")).to_contain_text("skipped")
    expect(row(page, "notes/Plain")).to_contain_text("succeeded")
    tab(page, "Items", "items")
    expect(row(page, "notes/Counting")).to_contain_text("skipped")
    page.keyboard.press("Shift+S")
    page.wait_for_selector('.page[data-screen="synchronizing"]')
    expect(row(page, "notes/Counting")).to_contain_text("updating")
    do(page, "stop")
    expect(page.locator(".headline").first).to_contain_text("Stopped.")
    picture(page, "walk-6-stopped")

    # It takes no part any more, and Why says so.
    tab(page, "Items", "items")
    row(page, "notes/Counting").get_by_role("checkbox").click()
    expect(row(page, "notes/Counting").get_by_role("checkbox")).not_to_be_checked()
    choose(page, "notes/Counting")
    page.keyboard.press("w")
    page.wait_for_selector('.page[data-screen="why"]')
    expect(page.locator(".page")).to_contain_text("no: it is not ticked")
    picture(page, "walk-6-why-not")

    # A conflict.
    wish("write", path="left/report.txt", text="first\nfrom the left\n")
    wish("write", path="right/report.txt", text="first\nfrom the right side\n")
    tab(page, "Items", "items")
    do(page, "sync_ticked")
    page.wait_for_selector('.page[data-screen="synchronizing"]')
    conflicts = page.get_by_role("navigation", name="Screens").get_by_role("link", name="Conflicts")
    expect(conflicts.locator(".badge")).to_have_text("1")
    tab(page, "Conflicts", "conflicts")
    picture(page, "walk-7-conflicts")
    page.locator(".row a").filter(has_text="report.txt").first.click()
    page.wait_for_selector('.page[data-screen="conflict"]')
    picture(page, "walk-7-conflict")
    do(page, "keep_left")
    if dialog.count():
        dialog.locator('[data-answer="yes"]').click()
    becomes("right/report.txt", "first\nfrom the left\n")

    # Why, and when.
    tab(page, "Items", "items")
    choose(page, "papers")
    page.keyboard.press("w")
    page.wait_for_selector('.page[data-screen="why"]')
    expect(page.locator(".page")).to_contain_text("Nothing starts it by itself")
    picture(page, "walk-8-why")
    do(page, "schedule")
    page.wait_for_selector('.page[data-screen="settings"]')
    expect(page.locator("h1")).to_contain_text("When papers runs")
    do(page, "change")
    dialog.get_by_label("Again after").fill("soon")
    dialog.get_by_role("button", name="Save").click()
    # What cannot be is told in the form, which stays.
    expect(dialog.get_by_role("alert")).to_contain_text("soon")
    picture(page, "walk-9-refused")
    dialog.get_by_label("Again after").fill("6h")
    dialog.get_by_label("To succeed at least every").fill("1d")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".headline").first).to_contain_text("It runs by itself")
    expect(page.locator(".page")).to_contain_text("6h")
    picture(page, "walk-9-schedule")
    tab(page, "Items", "items")
    expect(row(page, "papers")).to_contain_text("every 6h")
    expect(row(page, "papers")).to_contain_text("in 6 hours")
    picture(page, "walk-9-scheduled")

    # What was, and back.
    tab(page, "History", "history")
    expect(page.locator(".row").nth(2)).to_be_visible()
    page.locator(".row").first.locator(".cell").nth(1).click()
    picture(page, "walk-10-history")
    do(page, "undo")
    expect(dialog).to_contain_text("Undo the session of")
    dialog.locator('[data-answer="yes"]').click()
    becomes("right/report.txt", "first\nfrom the right side\n")
    for screen, name in [("results", "Results"), ("trash", "Trash"), ("connections", "Connections"), ("settings", "Settings")]:
        tab(page, name, screen)
        picture(page, f"walk-11-{screen}")


run(a_new_user_gets_along)
