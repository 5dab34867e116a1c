"""The page lives: through restarts of the manager, and beside other browsers."""

from playwright.sync_api import Browser, expect

from stage import Window, asked, run, scene, sent, wish


def with_two(play):  # type: ignore[no-untyped-def]
    """A scene with two browsers that know nothing of each other."""

    def played(browser: Browser) -> None:
        wish("forget")
        one, other = Window(browser), Window(browser)
        play(one, other)
        assert not one.wrong + other.wrong, one.wrong + other.wrong

    played.__name__ = play.__name__
    return played


@with_two
def a_tick_in_one_browser_is_seen_in_the_other(one: Window, other: Window) -> None:
    for name in ["photos", "mail"]:
        box = f'[aria-label="{name} takes part"]'
        one.page.locator(box).uncheck()
        expect(other.page.locator(box)).not_to_be_checked()
        other.page.locator(box).check()
        expect(one.page.locator(box)).to_be_checked()


@with_two
def a_question_that_is_answered_in_one_browser_closes_in_the_other(one: Window, other: Window) -> None:
    wish("question", question={"question": 3, "from": "backup", "item": None, "text": "Which one?", "kind": "choice", "default": "b",
                               "detail": "Both are there.\nOne is enough.",
                               "choices": [{"id": "a", "label": "The first"}, {"id": "b", "label": "The second"}]})
    for window in [one, other]:
        expect(window.page.get_by_role("dialog", name="Which one?")).to_contain_text("backup asks")
    one.page.get_by_role("button", name="The first").click()
    for window in [one, other]:
        expect(window.page.get_by_role("dialog")).to_have_count(0)
    assert sent(one.page, "answer") == [{"request": "answer", "question": 3, "answer": "a"}]


@scene
def a_password_is_typed_unseen(window: Window) -> None:
    page = window.page
    wish("question", question={"question": 4, "from": "mail", "item": None, "text": "The password for mail.example?", "kind": "password"})
    field = page.get_by_role("dialog").get_by_label("Your answer")
    expect(field).to_have_attribute("type", "password")
    expect(field).to_be_focused()
    page.keyboard.type("secret?1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert sent(page, "answer")[-1]["answer"] == "secret?1"


@scene
def a_question_can_wait_or_be_left_without_an_answer(window: Window) -> None:
    page = window.page
    wish("question", question={"question": 5, "from": "mail", "item": None, "text": "Your name?", "kind": "text", "default": "me"})
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Your answer")).to_have_value("me")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert asked() == []
    expect(page.locator("main")).to_contain_text("A question waits for an answer.")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="No answer").click()
    expect(dialog).to_have_count(0)
    assert sent(page, "answer")[-1] == {"request": "answer", "question": 5, "answer": None}


@scene
def a_question_comes_above_a_form_that_is_being_filled_in(window: Window) -> None:
    page = window.page
    page.get_by_role("button", name="Add folders").click()
    page.get_by_label("Left folder").fill("/half")
    wish("question", question={"question": 6, "from": "mail", "item": None, "text": "Go on?", "kind": "choice", "choices": [{"id": "y", "label": "Yes"}]})
    page.get_by_role("dialog", name="Go on?").get_by_role("button", name="Yes").click()
    expect(page.get_by_role("dialog", name="Go on?")).to_have_count(0)
    expect(page.get_by_label("Left folder")).to_have_value("/half")


@scene
def the_page_waits_for_a_manager_that_was_started_again_and_says_how_to_get_in(window: Window) -> None:
    page = window.page
    window.go("/results?filter=error")
    window.is_cut_off = True
    wish("stop")
    connection = page.locator(".connection")
    expect(connection).to_contain_text("The connection is lost. Trying again")
    # What was there can still be read.
    expect(page.locator(".row").first).to_be_visible()
    wish("start")
    # Another start knows no browser of before.
    expect(connection).to_contain_text("Run syncmgr web in a terminal")
    other = window.another()
    other.goto(str(wish("link")))
    other.wait_for_selector(".page")
    expect(connection).to_be_empty()
    expect(page.locator(".total")).to_have_text("20 rows")
    window.is_cut_off = False
    wish("mood", mood="late", text="photos is late")
    expect(page.locator(".mood")).to_contain_text("photos is late")
    expect(other.locator(".mood")).to_contain_text("photos is late")


@scene
def a_connection_that_breaks_comes_back_by_itself(window: Window) -> None:
    page = window.page
    window.is_cut_off = True
    window.context.set_offline(True)
    page.get_by_role("button", name="Synchronize all").click()
    expect(page.locator(".connection")).to_contain_text("The connection is lost")
    window.context.set_offline(False)
    expect(page.locator(".connection")).to_be_empty()
    window.is_cut_off = False
    wish("mood", mood="in_step", text="all in step again")
    expect(page.locator(".mood")).to_contain_text("all in step again")


@scene
def many_windows_of_one_browser_all_hear_of_what_happens(window: Window) -> None:
    # A browser opens six connections to a server; one of them listens for all windows.
    pages = [window.page, *(window.another() for _ in range(7))]
    front = window.page.url
    for page in pages[1:]:
        page.goto(front)
        page.wait_for_selector(".page")
    wish("mood", mood="late", text="heard everywhere")
    for page in pages:
        expect(page.locator(".mood")).to_contain_text("heard everywhere")
    # And when the one that listens closes, another one does.
    window.page.close()
    wish("mood", mood="in_step", text="heard by the rest")
    for page in pages[1:]:
        expect(page.locator(".mood")).to_contain_text("heard by the rest")


@scene
def much_news_makes_few_requests(window: Window) -> None:
    before = int(str(wish("pages")))
    wish("news", times=2000)
    wish("mood", mood="late", text="after all of it")
    expect(window.page.locator(".mood")).to_contain_text("after all of it")
    assert int(str(wish("pages"))) - before < 100


@scene
def without_a_cookie_the_page_says_how_to_get_in(window: Window) -> None:
    front = window.page.url.split("#")[0]
    window.is_cut_off = True
    window.context.clear_cookies()
    window.page.goto(front)
    expect(window.page.get_by_role("heading", name="This page is not open to this browser")).to_be_visible()
    expect(window.page.locator("main")).to_contain_text("syncmgr web")
    expect(window.page.locator("main")).to_have_css("display", "grid")


run(
    a_tick_in_one_browser_is_seen_in_the_other,
    a_question_that_is_answered_in_one_browser_closes_in_the_other,
    a_password_is_typed_unseen,
    a_question_can_wait_or_be_left_without_an_answer,
    a_question_comes_above_a_form_that_is_being_filled_in,
    the_page_waits_for_a_manager_that_was_started_again_and_says_how_to_get_in,
    a_connection_that_breaks_comes_back_by_itself,
    many_windows_of_one_browser_all_hear_of_what_happens,
    much_news_makes_few_requests,
    without_a_cookie_the_page_says_how_to_get_in,
)
