"""Tables of any length: few elements, exact places, no jumps."""

from playwright.sync_api import Page, expect

from stage import Window, run, scene, until, wish


def rows(window: Window) -> int:
    return window.page.locator(".row").count()


def seen(window: Window) -> list[int]:
    """The numbers of the rows that can be seen."""
    return window.page.evaluate(
        "[...document.querySelectorAll('.row')].filter((row) => { const { top, bottom } = row.getBoundingClientRect();"
        " return bottom > 120 && top < innerHeight; }).map((row) => Number(row.dataset.at))"
    )


def all_there(window: Window) -> None:
    """Every row that can be seen has come, and the window has noticed how far it is scrolled."""
    until(
        window.page,
        "(() => { const seen = [...document.querySelectorAll('.row')].filter((row) => { const { top, bottom } = row.getBoundingClientRect();"
        " return bottom > 120 && top < innerHeight; }); return seen.length > 5 && !seen.some((row) => row.classList.contains('waits')); })()",
    )


def settled(page: Page) -> None:
    """The window has come to rest: where it is scrolled to says which share of all rows lies above."""
    share = (
        "() => { const body = document.querySelector('.body'), all = Number(document.querySelector('[role=grid]').ariaRowCount) - 1;"
        " const y = -body.getBoundingClientRect().top, first = [...document.querySelectorAll('.row')].find((row) =>"
        " row.getBoundingClientRect().bottom > 0); return Math.abs(Number(first.dataset.at) / all - y / (body.offsetHeight - innerHeight)) < 0.0002; }"
    )
    until(page, share)


@scene
def few_of_a_million_rows_are_in_the_document_wherever_one_looks(window: Window) -> None:
    page = window.page
    window.go("/plan/music")
    expect(page.locator(".total")).to_have_text("1,000,000 rows")
    expect(page.locator("[role=grid]")).to_have_attribute("aria-rowcount", "1000001")
    for share in [0, 0.1, 0.25, 0.5, 0.77, 1, 0.3]:
        page.evaluate("(share) => scrollTo(0, share * document.documentElement.scrollHeight)", share)
        until(page, "(share) => Math.abs(scrollY - share * document.documentElement.scrollHeight) < 2 * innerHeight", share)
        all_there(window)
        assert rows(window) < 200, rows(window)
        middle = seen(window)[len(seen(window)) // 2] / 1_000_000
        assert abs(middle - share) < 0.01, (middle, share)


@scene
def rows_are_asked_for_in_windows_and_not_all(window: Window) -> None:
    before = int(str(wish("pages")))
    window.go("/plan/music")
    for _ in range(40):
        window.page.mouse.wheel(0, 300)
        window.page.evaluate("new Promise(requestAnimationFrame)")
    all_there(window)
    assert rows(window) < 200
    assert int(str(wish("pages"))) - before < 40


@scene
def scrolling_by_a_little_moves_rows_by_exactly_that(window: Window) -> None:
    page = window.page
    window.go("/plan/music")
    page.evaluate("scrollTo(0, 3000000)")
    all_there(window)
    settled(page)
    all_there(window)
    row = seen(window)[len(seen(window)) // 2]
    place = "(at) => document.querySelector(`.row[data-at='${at}']`).getBoundingClientRect().top"
    before = page.evaluate(place, row)
    page.evaluate("scrollBy(0, 100)")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert abs(before - page.evaluate(place, row) - 100) <= 1
    # When the window comes to rest, everything stays where it is.
    settled(page)
    assert abs(before - page.evaluate(place, row) - 100) <= 1


@scene
def the_keyboard_reaches_both_ends(window: Window) -> None:
    page = window.page
    window.go("/plan/music")
    page.keyboard.press("End")
    expect(page.locator(".row.chosen")).to_contain_text("file number 999999.dat")
    expect(page.locator(".row.chosen")).to_be_in_viewport()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".row.chosen")).to_contain_text("file number 999998.dat")
    page.keyboard.press("PageUp")
    expect(page.locator(".row.chosen")).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.locator(".row.chosen")).to_contain_text("file number 0.dat")
    expect(page.locator(".row.chosen")).to_be_in_viewport()


@scene
def the_heading_of_a_group_stands_where_the_group_begins(window: Window) -> None:
    page = window.page
    window.go("/plan/music")
    expect(page.locator(".group")).to_have_text("Deletions")
    page.evaluate("scrollTo(0, 0.25 * document.documentElement.scrollHeight)")
    all_there(window)
    for _ in range(400):
        if page.locator(".group").filter(has_text="New and changed").count():
            break
        page.keyboard.press("PageDown" if max(seen(window)) < 250_000 else "PageUp")
        all_there(window)
    expect(page.locator(".group").filter(has_text="New and changed")).to_be_attached()


@scene
def a_heading_that_becomes_known_above_moves_nothing(window: Window) -> None:
    page = window.page
    window.go("/items/many")
    all_there(window)
    # Again until it lasts: a page that has just come may still go to its top.
    until(page, "scrollTo(0, 200000), Number(document.querySelector('.row')?.dataset.at) > 3000")
    all_there(window)
    place = "(at) => document.querySelector(`.row[data-at='${at}']`).getBoundingClientRect().top"
    # Upwards through several windows of rows: groups begin in each of them.
    for _ in range(60):
        row = seen(window)[2]
        before = page.evaluate(place, row)
        page.evaluate("scrollBy(0, -400)")
        all_there(window)
        after = page.evaluate(place, row)
        assert abs(before + 400 - after) <= 1, (row, before, after)


@scene
def a_filter_begins_at_the_top_and_back_leads_to_where_one_was(window: Window) -> None:
    page = window.page
    window.go("/plan/music")
    page.evaluate("scrollTo(0, 3000000)")
    all_there(window)
    settled(page)
    page.keyboard.press("1")
    page.wait_for_selector('.page[data-screen="items"]')
    until(page, "scrollY === 0")
    page.go_back()
    page.wait_for_selector('.page[data-screen="plan"]')
    until(page, "Math.abs(scrollY - 3000000) < 2000")
    all_there(window)
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("button", name="Deletions").click()
    expect(page.locator(".total")).to_have_text("250,000 rows")
    assert min(seen(window)) == 0


@scene
def ten_thousand_items_in_groups_stay_where_they_are_while_something_changes(window: Window) -> None:
    page = window.page
    window.go("/items/many")
    expect(page.locator(".total")).to_have_text("10,000 rows")
    page.evaluate("scrollTo(0, 200000)")
    all_there(window)
    row = seen(window)[8]
    place = "(at) => document.querySelector(`.row[data-at='${at}']`)?.getBoundingClientRect().top ?? null"
    before = page.evaluate(place, row)
    for text in ["one", "two", "three"]:
        wish("mood", mood="late", text=text)
        expect(page.locator(".mood")).to_contain_text(text)
    assert abs(page.evaluate(place, row) - before) <= 1
    assert rows(window) < 200
    page.locator(f".row[data-at='{row}'] input").uncheck()
    expect(page.locator(f".row[data-at='{row}'] input")).not_to_be_checked()


run(
    few_of_a_million_rows_are_in_the_document_wherever_one_looks,
    rows_are_asked_for_in_windows_and_not_all,
    scrolling_by_a_little_moves_rows_by_exactly_that,
    the_keyboard_reaches_both_ends,
    the_heading_of_a_group_stands_where_the_group_begins,
    a_heading_that_becomes_known_above_moves_nothing,
    a_filter_begins_at_the_top_and_back_leads_to_where_one_was,
    ten_thousand_items_in_groups_stay_where_they_are_while_something_changes,
)
