"""Every kind of block and action is drawn, and does what it says."""

from playwright.sync_api import expect

from stage import Window, asked, run, scene, sent, until, wish


def requests(word: str) -> list[dict[str, object]]:
    return [one for one in asked() if one["request"] == word]


@scene
def every_kind_of_block_is_drawn(window: Window) -> None:
    page = window.page
    kinds = {
        "/items": ["table"],
        "/synchronizing": ["bar", "table"],
        "/conflict/report.txt": ["comparison"],
        "/history": ["chart", "table"],
        "/settings": ["heading", "text", "facts", "table"],
        "/items/first": ["empty"],
    }
    for place, blocks in kinds.items():
        window.go(place)
        expect(page.locator(f".block[data-block={blocks[0]}]").first).to_be_visible()
        for kind in blocks:
            expect(page.locator(f".block[data-block={kind}]").first).to_be_visible()


@scene
def a_bar_says_how_far_it_is_and_an_endless_one_does_not(window: Window) -> None:
    window.go("/synchronizing")
    bars = window.page.get_by_role("progressbar")
    expect(bars.first).to_have_attribute("aria-valuemax", "100")
    endless = window.page.get_by_role("progressbar", name="mail")
    expect(endless).to_be_visible()
    assert endless.get_attribute("aria-valuenow") is None
    # It moves by itself.
    first = bars.first.get_attribute("aria-valuenow")
    expect(bars.first).not_to_have_attribute("aria-valuenow", first or "")


@scene
def an_action_is_asked_at_once_and_goes_where_it_leads(window: Window) -> None:
    window.page.get_by_role("button", name="Synchronize all").click()
    window.page.wait_for_selector('.page[data-screen="synchronizing"]')
    assert sent(window.page, "sync")[0]["selection"] == "ticked"
    window.page.go_back()
    window.page.wait_for_selector('.page[data-screen="items"]')


@scene
def what_is_dangerous_is_confirmed_first(window: Window) -> None:
    page = window.page
    page.get_by_role("button", name="Let it pass once").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1,204 files are deleted on the right")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert requests("sync") == []
    page.get_by_role("button", name="Let it pass once").click()
    dialog.get_by_role("button", name="Delete 1,204 files").click()
    expect(dialog).to_have_count(0)
    assert sent(page, "sync")[0]["allow"] == ["too-many-deletions"]


@scene
def what_cannot_be_done_says_why(window: Window) -> None:
    button = window.page.get_by_role("button", name="Stop")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("aria-description", "nothing runs")
    expect(window.page.locator(".reason").first).to_have_text("nothing runs")
    button.click(force=True)
    expect(window.page.locator(".toast")).to_have_text("nothing runs")
    assert requests("stop") == []


@scene
def a_form_is_sent_as_it_says_and_shows_what_is_wrong(window: Window) -> None:
    page = window.page
    page.get_by_role("button", name="Add folders").click()
    dialog = page.get_by_role("dialog", name="Add two folders")
    dialog.get_by_label("Left folder").fill("/missing")
    dialog.get_by_label("Right folder").fill("/mnt/right")
    dialog.get_by_label("From left to right, nothing is deleted").check()
    expect(dialog.get_by_label("How sure")).to_be_hidden()
    dialog.get_by_text("More", exact=True).click()
    dialog.get_by_label("How sure").select_option("full")
    dialog.get_by_label("When something changes").check()
    dialog.get_by_role("button", name="Add").click()
    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("the folder /missing is not there")
    expect(alert).to_contain_text("No such file or directory")
    expect(alert).to_contain_text("make it with mkdir /missing")
    expect(dialog.get_by_label("Right folder")).to_have_value("/mnt/right")
    dialog.get_by_label("Left folder").fill("/home/left")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_have_count(0)
    asked_for = requests("add_folder")[-1]
    assert asked_for["left"] == "/home/left" and asked_for["right"] == "/mnt/right", asked_for
    assert asked_for["mode"] == "one-way-safe" and asked_for["durability"] == "full", asked_for
    assert asked_for["on"] == ["logon", "change"], asked_for
    # Left empty and not required: not said.
    assert asked_for["name"] is None, asked_for


@scene
def toggles_names_in_names_and_what_was_taken_away_are_sent(window: Window) -> None:
    page = window.page
    window.go("/settings")
    page.get_by_role("button", name="Change").nth(0).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Synchronize when nobody is there").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    asked_for = requests("set_trigger")[-1]
    assert asked_for["enabled"] is False and asked_for["wait"] == "15m" and asked_for["on_battery"] is False, asked_for
    page.get_by_role("button", name="Change").nth(2).click()
    dialog.get_by_label("Every").fill("")
    dialog.get_by_label("Not on battery").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    asked_for = requests("set_item")[-1]
    assert asked_for["every"] == "" and asked_for["when"] == {"load": "2", "power": "mains"}, asked_for


@scene
def each_line_of_a_list_is_sent_as_a_text_and_what_is_secret_is_typed_unseen(window: Window) -> None:
    page = window.page
    dialog = page.get_by_role("dialog")
    for typed, kept, ignored, keep in [
        ("*.tmp\n\n# a note\n", None, ["*.tmp", "# a note"], ["owner", "acls"]),
        ("", "", [], []),
    ]:
        page.get_by_role("button", name="Add folders").click()
        dialog.get_by_text("More", exact=True).click()
        dialog.get_by_label("Left folder").fill("/home/left")
        dialog.get_by_label("Right folder").fill("/mnt/right")
        dialog.get_by_label("Leave out").fill(typed)
        expect(dialog.get_by_label("Keep besides")).to_have_value("owner\nacls")
        if kept is not None:
            dialog.get_by_label("Keep besides").fill(kept)
        expect(dialog.get_by_label("Password")).to_have_attribute("type", "password")
        dialog.get_by_role("button", name="Add").click()
        expect(dialog).to_have_count(0)
        asked_for = requests("add_folder")[-1]
        assert asked_for["ignore"] == ignored and asked_for.get("keep", []) == keep, asked_for


@scene
def several_lines_are_edited_and_lead_on(window: Window) -> None:
    page = window.page
    window.go("/conflict/report.txt")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text").fill("one\ntwo\n")
    dialog.get_by_role("button", name="Save on both sides").click()
    page.wait_for_selector('.page[data-screen="conflicts"]')
    assert sent(page, "merge")[-1]["text"] == "one\ntwo\n"


@scene
def what_failed_is_told_with_what_to_do(window: Window) -> None:
    page = window.page
    window.go("/settings")
    page.get_by_role("gridcell", name="mail").click()
    page.get_by_role("button", name="Trust").click()
    failure = page.locator(".failures")
    expect(failure).to_contain_text("the program has changed since")
    expect(failure).to_contain_text("What to do: look at it, then trust it again")
    failure.get_by_role("button", name="Dismiss").click()
    expect(failure).to_be_empty()


@scene
def a_page_that_is_not_there_says_so_and_leads_on(window: Window) -> None:
    window.page.evaluate("location.hash = '#/why/nobody'")
    expect(window.page.get_by_role("heading", name="This cannot be shown")).to_be_visible()
    expect(window.page.locator("main")).to_contain_text("syncmgr items lists them")
    window.page.get_by_role("button", name="To the items").click()
    window.page.wait_for_selector('.page[data-screen="items"]')


@scene
def filters_and_a_search_are_in_the_address_and_back_leads_back(window: Window) -> None:
    page = window.page
    window.go("/results")
    page.get_by_role("button", name="Errors").click()
    until(page, "location.hash === '#/results?filter=error'")
    expect(page.locator(".total")).to_have_text("20 rows")
    page.get_by_role("searchbox").fill("entry 3")
    expect(page.locator(".total")).to_have_text("5 rows")
    assert "search=entry+3" in page.url, page.url
    page.go_back()
    expect(page.locator(".total")).to_have_text("60 rows")
    page.reload()
    page.wait_for_selector(".page")
    page.go_forward()
    expect(page.locator(".total")).to_have_text("5 rows")


@scene
def a_comparison_stands_side_by_side_with_its_pictures(window: Window) -> None:
    page = window.page
    window.go("/conflict/report.txt")
    expect(page.locator(".version")).to_have_count(3)
    row = page.locator(".difference tr.differs").first
    expect(row.locator("td.line.left")).to_contain_text("Tuesday")
    expect(row.locator("td.line.right")).to_contain_text("Wednesday")
    expect(page.locator(".difference mark").first).to_have_text("Tuesday")
    expect(page.locator(".skipped")).to_contain_text("120 lines")
    window.go("/conflict/picture")
    expect(page.locator(".version img")).to_have_count(3)
    until(page, "[...document.querySelectorAll('.version img')].every((img) => img.complete && img.naturalWidth > 0)")


@scene
def a_chart_is_a_list_as_well(window: Window) -> None:
    page = window.page
    window.go("/history")
    expect(page.locator(".column")).to_have_count(28)
    page.get_by_text("As a list").click()
    page.locator(".chart a").first.click()
    page.wait_for_selector('.page[data-screen="results"]')


@scene
def the_window_tells_how_everything_is(window: Window) -> None:
    page = window.page
    wish("mood", mood="running", text="running: photos")
    expect(page).to_have_title("running: photos \u00b7 Items \u2013 syncmgr")
    expect(page.locator("#icon")).to_have_attribute("href", "/icon-running.svg")
    wish("mood", mood="in_step", text="all in step")
    expect(page.locator(".mood")).to_contain_text("all in step")


@scene
def a_tick_is_seen_at_once_and_sent(window: Window) -> None:
    page = window.page
    box = page.get_by_role("checkbox", name="photos takes part")
    expect(box).to_be_checked()
    box.uncheck()
    until(page, "document.querySelector('.toast').textContent === 'noted'")
    expect(box).not_to_be_checked()
    assert sent(page, "tick")[0]["ticked"] is False
    box.check()
    expect(box).to_be_checked()
    assert sent(page, "tick", 2)[1]["ticked"] is True


@scene
def a_tick_that_is_changed_while_it_is_sent_is_sent_after_it(window: Window) -> None:
    page = window.page
    box = page.get_by_role("checkbox", name="photos takes part")
    expect(box).to_be_checked()
    # Both clicks before any answer: the second one was lost once.
    box.evaluate("box => { box.click(); box.click(); }")
    assert [tick["ticked"] for tick in sent(page, "tick", 2)] == [False, True]
    expect(box).to_be_checked()


@scene
def quitting_leaves_the_manager_alone(window: Window) -> None:
    page = window.page
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name="This window can be closed")).to_be_visible()
    page.get_by_role("button", name="Go on here").click()
    page.wait_for_selector('.page[data-screen="items"]')


run(
    every_kind_of_block_is_drawn,
    a_bar_says_how_far_it_is_and_an_endless_one_does_not,
    an_action_is_asked_at_once_and_goes_where_it_leads,
    what_is_dangerous_is_confirmed_first,
    what_cannot_be_done_says_why,
    a_form_is_sent_as_it_says_and_shows_what_is_wrong,
    toggles_names_in_names_and_what_was_taken_away_are_sent,
    each_line_of_a_list_is_sent_as_a_text_and_what_is_secret_is_typed_unseen,
    several_lines_are_edited_and_lead_on,
    what_failed_is_told_with_what_to_do,
    a_page_that_is_not_there_says_so_and_leads_on,
    filters_and_a_search_are_in_the_address_and_back_leads_back,
    a_comparison_stands_side_by_side_with_its_pictures,
    a_chart_is_a_list_as_well,
    the_window_tells_how_everything_is,
    a_tick_is_seen_at_once_and_sent,
    a_tick_that_is_changed_while_it_is_sent_is_sent_after_it,
    quitting_leaves_the_manager_alone,
)
