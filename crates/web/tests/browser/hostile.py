"""Names of strangers are shown, and nothing else comes of them."""

from playwright.sync_api import expect

from stage import Window, picture, run, scene, until

# Characters that turn what follows around, hide something or end a line.
INVISIBLE = r"/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u"


@scene
def nothing_in_a_name_becomes_markup_or_runs(window: Window) -> None:
    page = window.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    window.go("/items/hostile")
    expect(page.locator(".row").first).to_contain_text("<img src=x onerror=alert(1)>")
    own = page.evaluate("[...document.scripts].map((script) => script.src)")
    assert len(own) == 1 and own[0].endswith("/assets/app.js"), own
    assert page.locator("main img").count() == 0
    assert page.locator('main a[href^="javascript"]').count() == 0
    origin = page.evaluate("location.origin")
    assert all(url.startswith(origin) for url in asked), asked
    assert "owned" not in page.title()


@scene
def what_cannot_be_seen_is_shown_as_a_sign(window: Window) -> None:
    page = window.page
    window.go("/items/hostile")
    expect(page.locator("h1")).to_have_text("report[U+202E]fdp.exe")
    for shown in ["two[U+000A]lines[U+0009]and a tab[U+0000][U+001B][31m", "[U+2066]isolated[U+2067] back", "zero[U+200B]width[U+FEFF]"]:
        expect(page.locator(".row .cell").filter(has_text=shown).first).to_be_attached()
    everything = page.evaluate(
        "[...document.querySelectorAll('#app *')].flatMap((e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data)"
        ".concat([...e.attributes].map((a) => a.value)))"
    )
    bad = page.evaluate(f"(texts) => texts.filter((text) => {INVISIBLE}.test(text.replaceAll('\\t', '')))", everything)
    assert bad == [], bad
    assert "\u202e" not in page.title()


@scene
def long_names_stay_in_their_place_and_can_be_read_whole(window: Window) -> None:
    page = window.page
    window.go("/items/hostile")
    for width in [360, 1280]:
        page.set_viewport_size({"width": width, "height": 800})
        until(page, "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        heights = page.evaluate("[...document.querySelectorAll('.row')].map((row) => row.offsetHeight)")
        assert len(set(heights)) == 1, heights
        picture(page, f"hostile-{width}")
    row = page.locator(".row").filter(has_text="long long").first
    row.locator(".lead, .align-start").last.click()
    expect(page.locator(".detail .long").first).to_contain_text("long " * 700)
    until(page, "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture(page, "hostile-chosen")


@scene
def a_right_to_left_name_turns_nothing_around_beside_itself(window: Window) -> None:
    page = window.page
    window.go("/items/hostile")
    directions = page.evaluate("[...document.querySelectorAll('.row bdi')].map((e) => getComputedStyle(e).unicodeBidi)")
    assert directions and all(one == "isolate" for one in directions), directions


run(
    nothing_in_a_name_becomes_markup_or_runs,
    what_cannot_be_seen_is_shown_as_a_sign,
    long_names_stay_in_their_place_and_can_be_read_whole,
    a_right_to_left_name_turns_nothing_around_beside_itself,
)
