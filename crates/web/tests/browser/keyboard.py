"""Everything can be done with the keyboard alone."""

from playwright.sync_api import expect

from stage import Window, asked, run, scene, sent, until


def chosen(window: Window) -> str:
    return window.page.locator(".row.chosen .cell").first.inner_text()


@scene
def arrows_choose_rows_and_enter_opens_them(window: Window) -> None:
    press = window.page.keyboard.press
    press("ArrowDown")
    expect(window.page.locator(".row.chosen")).to_have_count(1)
    assert chosen(window) == "photos"
    press("ArrowDown")
    assert chosen(window) == "documents"
    press("End")
    assert chosen(window) == "backup"
    press("Home")
    assert chosen(window) == "photos"
    press("PageDown")
    assert chosen(window) == "backup"
    press("PageUp")
    assert chosen(window) == "photos"
    press("Enter")
    window.page.wait_for_selector('.page[data-screen="why"]')
    press("Escape")
    window.page.wait_for_selector('.page[data-screen="items"]')


@scene
def the_grid_tells_which_row_is_chosen(window: Window) -> None:
    window.page.keyboard.press("ArrowDown")
    active = window.page.locator("[role=grid]").get_attribute("aria-activedescendant")
    assert active == window.page.locator(".row.chosen").get_attribute("id")
    expect(window.page.locator("[role=grid]")).to_be_focused()


@scene
def letters_are_actions_of_the_row_and_of_the_page(window: Window) -> None:
    press = window.page.keyboard.press
    press("ArrowDown")
    press("s")
    expect(window.page.locator(".row.chosen")).to_have_count(1)
    press("p")
    window.page.wait_for_selector('.page[data-screen="plan"]')
    assert [one["selection"] for one in sent(window.page, "sync")] == [{"items": ["photos"]}]
    press("1")
    window.page.wait_for_selector('.page[data-screen="items"]')
    press("Shift+S")
    window.page.wait_for_selector('.page[data-screen="synchronizing"]')
    assert sent(window.page, "sync", 2)[-1]["selection"] == "ticked"


@scene
def space_ticks(window: Window) -> None:
    press = window.page.keyboard.press
    press("ArrowDown")
    box = window.page.get_by_role("checkbox", name="photos takes part")
    was = box.is_checked()
    press("Space")
    expect(box).to_be_checked(checked=not was)
    until(window.page, "document.querySelector('.toast').textContent === 'noted'")
    assert asked()[-1]["ticked"] is not was


@scene
def digits_are_tabs(window: Window) -> None:
    for digit, screen in [("3", "results"), ("4", "conflicts"), ("5", "history"), ("9", "trash"), ("1", "items")]:
        window.page.keyboard.press(digit)
        window.page.wait_for_selector(f'.page[data-screen="{screen}"]')
        expect(window.page.locator(".nav [aria-current=page]")).to_have_count(1)


@scene
def a_confirmation_takes_enter_and_escape(window: Window) -> None:
    press = window.page.keyboard.press
    press("ArrowDown")
    press("r")
    dialog = window.page.get_by_role("dialog")
    expect(dialog).to_contain_text("is forgotten")
    press("Escape")
    expect(dialog).to_have_count(0)
    press("r")
    expect(dialog).to_be_visible()
    # What destroys something is not what Enter does at once.
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    press("Shift+Tab")
    press("Enter")
    expect(dialog).to_have_count(0)
    until(window.page, "document.querySelector('.toast').textContent === 'done'")
    assert asked()[-1]["request"] == "remove"


@scene
def a_form_is_filled_in_without_a_mouse(window: Window) -> None:
    press = window.page.keyboard.press
    press("a")
    dialog = window.page.get_by_role("dialog")
    expect(dialog.get_by_label("Left folder")).to_be_focused()
    # Letters are letters here.
    window.page.keyboard.type("/q?x")
    press("Tab")
    window.page.keyboard.type("/right")
    press("Enter")
    expect(dialog).to_have_count(0)
    added = sent(window.page, "add_folder")[-1]
    assert added["left"] == "/q?x" and added["right"] == "/right", added


@scene
def the_keys_are_shown_and_can_be_turned_off(window: Window) -> None:
    press = window.page.keyboard.press
    press("ArrowDown")
    press("?")
    dialog = window.page.get_by_role("dialog", name="Keys")
    for text in ["Synchronize all", "What would happen", "Conflicts", "Look at the plan", "Choose a row"]:
        expect(dialog).to_contain_text(text)
    dialog.get_by_label("Letters and digits are keys").press("Space")
    press("Escape")
    expect(dialog).to_have_count(0)
    press("3")
    press("Shift+Tab")
    expect(window.page.locator('.page[data-screen="items"]')).to_be_visible()


@scene
def a_slash_searches_and_an_arrow_leads_to_the_rows(window: Window) -> None:
    window.go("/results")
    window.page.keyboard.press("/")
    search = window.page.get_by_role("searchbox")
    expect(search).to_be_focused()
    window.page.keyboard.type("entry 59")
    expect(window.page.locator(".total")).to_have_text("1 row")
    # What is typed stays where it is while the page is drawn anew.
    expect(search).to_be_focused()
    expect(search).to_have_value("entry 59")
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("ArrowDown")
    expect(window.page.locator(".row.chosen")).to_have_count(1)


@scene
def the_content_is_one_key_away(window: Window) -> None:
    window.page.keyboard.press("Tab")
    expect(window.page.locator(".skip")).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(window.page.locator("main")).to_be_focused()
    assert window.page.url.endswith("#/items"), window.page.url


@scene
def the_chosen_row_and_the_focus_outlive_what_moves(window: Window) -> None:
    window.go("/synchronizing")
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("ArrowDown")
    button = window.page.get_by_role("button", name="Skip")
    button.focus()
    bar = window.page.get_by_role("progressbar").first
    now = bar.get_attribute("aria-valuenow") or ""
    expect(bar).not_to_have_attribute("aria-valuenow", now)
    expect(button).to_be_focused()
    assert chosen(window) == "documents"


run(
    arrows_choose_rows_and_enter_opens_them,
    the_grid_tells_which_row_is_chosen,
    letters_are_actions_of_the_row_and_of_the_page,
    space_ticks,
    digits_are_tabs,
    a_confirmation_takes_enter_and_escape,
    a_form_is_filled_in_without_a_mouse,
    the_keys_are_shown_and_can_be_turned_off,
    a_slash_searches_and_an_arrow_leads_to_the_rows,
    the_content_is_one_key_away,
    the_chosen_row_and_the_focus_outlive_what_moves,
)
