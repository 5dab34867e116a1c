// The face: which page is looked at, when it is asked for again, and what a person does.

import { ask, page as askPage, Unreachable } from "./api.js";
import { drawings } from "./blocks.js";
import * as dialogs from "./dialogs.js";
import { draw, h } from "./dom.js";
import { listen } from "./live.js";
import { hash, parse } from "./place.js";
import { TableView } from "./table.js";
import { plain, sentences, toneSign, words } from "./text.js";

/** A page is asked for again at most this often. */
const GAP = 200;
const GAP_UNSEEN = 2000;
/** What moves by itself is asked for this often. */
const PACE = 500;

const state = {
  at: parse(location.hash) ?? { place: { screen: "items" } },
  page: null, connection: "live", failure: null, trouble: null, done: null, quit: false, keys: localStorage.getItem("keys") !== "off",
};
const tables = new Map();
const scrolls = new Map();
const put_aside = new Set();
const answered = new Set();
let chosenTable = null;
let asking = null;

const host = {
  act, hash, go, wake, fail, send, look, tableFor,
  redraw,
  letters: () => state.keys,
  blocks: null,
  chose: (table) => {
    if (chosenTable && chosenTable !== table) {
      const before = chosenTable;
      chosenTable = table;
      before.forget();
      before.layout();
    }
    chosenTable = table;
  },
  covered: () => document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0,
};
const blocks = (host.blocks = drawings(host));

// Asking.

let wanted = null;
let timer = null;
let last = 0;

/** Asks for the page again, soon: a person who scrolled or came by waits less than news do. */
function wake(why = "news") {
  wanted = wanted === "moved" || why === "moved" ? "moved" : wanted === "scrolled" ? wanted : why;
  pump();
}

function pump() {
  if (!wanted || state.quit) return;
  if (asking && wanted !== "moved") return;
  const gap = { moved: 0, scrolled: 40 }[wanted] ?? (document.hidden ? GAP_UNSEEN : GAP);
  const wait = last + gap - performance.now();
  clearTimeout(timer);
  if (wait > 0) {
    timer = setTimeout(pump, wait);
    return;
  }
  wanted = null;
  asking?.abort();
  load();
}

async function load() {
  const own = (asking = new AbortController());
  const begun = (last = performance.now());
  const { at } = state;
  try {
    const windows = wantedWindows();
    const pages = await Promise.all(windows.map((window) =>
      askPage({ ...at.place, filter: at.filter, search: at.search, ...window }, own.signal)));
    if (own !== asking || at !== state.at) return;
    take(pages, windows, begun);
  } catch (error) {
    if (error.name === "AbortError" || own !== asking) return;
    if (error instanceof Unreachable || error.status === 401) connection.lost();
    else {
      state.trouble = error;
      redraw();
    }
  } finally {
    if (own === asking) {
      asking = null;
      pump();
    }
  }
}

/** The windows of the tables that are looked at, each once. */
function wantedWindows() {
  const windows = state.arriving ? [] : [...tables.values()].map((table) => table.window);
  if (windows.length === 0) windows.push({ from: 0, count: 240 });
  return windows.filter((window, at) => windows.findIndex((other) => other.from === window.from) === at);
}

function take(pages, windows, begun) {
  const [page] = pages;
  if (state.arriving) leaveTables();
  const tablesOf = (page) => page.blocks.filter((block) => block.table).map((block) => block.table);
  for (const table of tablesOf(page)) {
    const view = tableFor(table);
    const at = windows.findIndex((window) => window.from === view.from);
    const own = at > 0 ? (tablesOf(pages[at]).find((other) => other.id === table.id) ?? table) : table;
    if (own.total > 0 && own.rows.length === 0 && view.from > 0) {
      // It became shorter than where it was looked at.
      view.from = 0;
      wake();
    }
    view.take(own, begun);
  }
  for (const [id, view] of tables) {
    if (tablesOf(page).some((table) => table.id === id)) continue;
    view.leave();
    tables.delete(id);
    if (chosenTable === view) chosenTable = null;
  }
  const { arriving } = state;
  Object.assign(state, { page, trouble: null, arriving: false });
  redraw();
  if (arriving) arrive();
  showQuestions(page.questions ?? []);
}

function leaveTables() {
  for (const view of tables.values()) view.leave();
  tables.clear();
  chosenTable = null;
}

function tableFor(table) {
  let view = tables.get(table.id);
  if (!view) {
    view = new TableView(host);
    tables.set(table.id, view);
  }
  if (!view.table) view.take(table);
  return view;
}

// Going.

function go(place) {
  const to = hash(place);
  if (to === location.hash) wake("moved");
  else location.hash = to;
}

/** Looks at less, or at more, of the same place. */
function look(change, way = "goes") {
  const { place, filter, search } = state.at;
  const now = { filter, search, ...change };
  const to = hash(place, now);
  if (to === location.hash) return;
  if (way === "stays") {
    history.replaceState(history.state, "", to);
    route();
  } else location.hash = to;
}

/** The address has changed. */
function route() {
  const at = parse(location.hash) ?? { place: { screen: "items" } };
  const same = hash(at.place) === hash(state.at.place);
  remember();
  state.at = at;
  state.failure = null;
  visit();
  if (same) for (const view of tables.values()) view.begin();
  else Object.assign(state, { arriving: true, trouble: null });
  wake("moved");
}

/** How far the window is scrolled, for whoever comes back to this visit. */
function remember() {
  if (!state.arriving) scrolls.set(state.visit, scrollY);
}

/** Each entry of the history is a visit, so that going back leads to where it was left. */
function visit() {
  const before = history.state?.visit;
  state.visit = before ?? `${Date.now()}-${Math.random()}`;
  if (!before) history.replaceState({ visit: state.visit }, "");
}

/** The first drawing of another place: back to where it was left, or to the top, with the heading in focus. */
function arrive() {
  scrollTo({ top: scrolls.get(state.visit) ?? 0, behavior: "instant" });
  const active = document.activeElement;
  if (!active || active === document.body || active.closest("main, nav")) {
    document.querySelector("h1")?.focus({ preventScroll: true });
  }
}

// Doing.

/** Sends a request; a session that has begun is not waited for. What `answered` notes comes before the next page. */
async function send(request, answered) {
  const events = await ask(request, { until: (event) => event.type === "begun" });
  answered?.();
  const done = events.findLast((event) => event.type === "done");
  if (done) say(done.text);
  wake();
  return events;
}

async function act(action) {
  if (action.disabled) return say(action.disabled);
  if (action.confirm && !(await dialogs.confirm(action))) return undefined;
  const { does } = action;
  state.failure = null;
  if (does === "quit") return quit();
  if (does.go) return go(does.go);
  if (does.fill) {
    const form = does.fill;
    return dialogs.fill(form, { blocks, submit: async (request) => {
      await send(request);
      if (form.then) go(form.then);
    } });
  }
  const [request, place] = does.ask_and_go ?? [does.ask];
  const sent = send(request).catch(fail);
  if (place) go(place);
  return sent;
}

function fail(error) {
  if (error instanceof Unreachable || error.status === 401) connection.lost();
  state.failure = error;
  redraw();
  document.querySelector(".failures")?.scrollIntoView({ block: "nearest" });
}

/** Says something in passing. */
function say(text) {
  state.done = text;
  redraw();
  clearTimeout(say.timer);
  say.timer = setTimeout(() => {
    state.done = null;
    redraw();
  }, 6000);
}

function quit() {
  state.quit = true;
  // Browsers close only what was installed or was opened by a script.
  if (matchMedia("(display-mode: standalone)").matches) close();
  redraw();
}

// Questions.

let shown = null;

function showQuestions(questions) {
  const waiting = (question) => questions.some((other) => other.question === question);
  for (const numbers of [put_aside, answered]) for (const number of numbers) if (!waiting(number)) numbers.delete(number);
  if (shown && !waiting(shown.number)) {
    shown.answered = true;
    shown.dialog.close();
  }
  if (shown) return;
  const question = questions.find(({ question }) => !put_aside.has(question) && !answered.has(question));
  if (!question) return;
  const own = { number: question.question, answered: false };
  shown = own;
  own.dialog = dialogs.question(question, {
    blocks,
    answer: (answer) => send({ request: "answer", question: question.question, answer }),
    aside: (said) => {
      shown = null;
      // Until a page says that it is gone, an answered question is not asked again.
      (said || own.answered ? answered : put_aside).add(own.number);
      wake("moved");
      redraw();
    },
  });
}

// Drawing.

const app = document.getElementById("app");

function redraw() {
  const { page } = state;
  draw(app, state.quit ? closed() : [top(), page ? nav(page) : h("div", { key: "nav", class: "nav" }), content()]);
  if (state.quit) return;
  for (const view of tables.values()) view.layout();
  if (page) {
    document.title = `${plain(page.mood_text)} \u00b7 ${plain(page.title)} \u2013 syncmgr`;
    const icon = document.getElementById("icon");
    const href = `/icon-${page.mood}.svg`;
    if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
    announce(page);
    showTab(page);
  }
}

/** Where there is no room for all tabs, the current one is seen. */
function showTab(page) {
  const { screen } = page.place;
  const tab = document.querySelector(".nav [aria-current]");
  if (showTab.screen === screen || !tab) return;
  showTab.screen = screen;
  const nav = tab.closest(".nav");
  nav.scrollLeft = tab.offsetLeft - nav.offsetLeft - (nav.clientWidth - tab.offsetWidth) / 2;
}

const MOODS = { empty: "muted", in_step: "good", running: "busy", late: "warning", needs_you: "needs" };

function top() {
  const { page } = state;
  const tone = page ? MOODS[page.mood] : "muted";
  return h("header", { key: "top", class: "top" },
    h("a", { class: "brand", href: "#/items" }, h("img", { src: "/icon.svg", alt: "", width: "24", height: "24" }), "syncmgr"),
    page && h("span", { class: `mood tone-${tone}` }, toneSign(tone), words(page.mood_text)),
    h("button", { type: "button", class: "quiet", "aria-keyshortcuts": "?", onclick: showKeys }, "Keys", h("kbd", { "aria-hidden": "true" }, "?")));
}

function nav(page) {
  return h("nav", { key: "nav", class: "nav", "aria-label": "Screens" }, h("ul", null, page.tabs.map((tab) =>
    h("li", { key: tab.screen },
      h("a", { href: hash({ screen: tab.screen }), "aria-current": tab.current ? "page" : undefined, "aria-keyshortcuts": tab.key },
        h("kbd", { "aria-hidden": "true" }, plain(tab.key)), h("span", { class: "label" }, words(tab.label)),
        tab.badge > 0 && h("span", { class: `badge tone-${tab.tone}` }, String(tab.badge)))))));
}

const CONNECTIONS = {
  lost: "The connection is lost. Trying again\u2026",
  closed: "The manager was started again, and does not know this window any more. Run `syncmgr web` in a terminal: this window goes on by itself then.",
};

function content() {
  const { page, trouble, failure, connection: now } = state;
  const waiting = (page?.questions ?? []).filter((question) => put_aside.has(question.question));
  return h("main", { key: "main", id: "main", tabindex: "-1", "aria-busy": String(!page || Boolean(state.arriving)) },
    h("div", { key: "connection", role: "alert", class: "connection" }, now !== "live" &&
      h("p", { class: "notice tone-warning" }, toneSign("warning"), h("span", null, sentences(CONNECTIONS[now])))),
    waiting.length > 0 && h("p", { key: "waiting", class: "notice tone-needs" }, toneSign("needs"),
      h("span", null, waiting.length === 1 ? "A question waits for an answer. " : `${waiting.length} questions wait for an answer. `),
      h("button", { type: "button", onclick: () => { put_aside.clear(); showQuestions(page.questions); } }, "Show")),
    h("div", { key: "failures", class: "failures", role: "alert" }, failure && blocks.failure(failure, () => { state.failure = null; redraw(); })),
    trouble ? inTrouble(trouble) : page ? shownPage(page) : h("h1", { key: "h1", tabindex: "-1" }, "Loading\u2026"),
    h("p", { key: "done", class: "toast", role: "status" }, state.done && sentences(state.done)));
}

function inTrouble(trouble) {
  return h("div", { key: "trouble" }, h("h1", { tabindex: "-1" }, "This cannot be shown"), blocks.failure(trouble),
    h("div", { class: "actions" },
      h("button", { type: "button", class: "primary", onclick: () => wake("moved") }, "Try again"),
      h("button", { type: "button", onclick: () => go({ screen: "items" }) }, "To the items")));
}

function shownPage(page) {
  return h("div", { key: `page ${hash(page.place)}`, class: "page", "data-screen": page.place.screen },
    page.back && h("a", { key: "back", class: "back", href: hash(page.back), "aria-keyshortcuts": "Escape" }, "\u2039 Back"),
    h("div", { key: "title", class: "title" },
      h("div", null, h("h1", { tabindex: "-1" }, words(page.title)),
        page.headline && h("p", { class: `headline tone-${page.tone}` }, toneSign(page.tone), h("span", null, sentences(page.headline)))),
      blocks.actions(page.actions)),
    page.notices?.length > 0 && h("ul", { key: "notices", class: "notices", "aria-label": "Notices" }, page.notices.map(blocks.notice)),
    page.blocks.map(blocks.block));
}

function closed() {
  return h("main", { key: "closed", class: "closed" }, h("h1", null, "This window can be closed"),
    h("p", null, "The manager goes on in the background."),
    h("button", { type: "button", class: "primary", onclick: () => { state.quit = false; wake("moved"); } }, "Go on here"));
}

/** Tells who does not see the page how it is; not more often than can be listened to. */
function announce(page) {
  const text = page.headline || page.title;
  if (text === announce.said) return;
  const pause = page.moves ? 10000 : 500;
  if (performance.now() - (announce.at ?? -pause) < pause) return;
  Object.assign(announce, { said: text, at: performance.now() });
  document.getElementById("live").textContent = plain(text);
}

// Keys.

function showKeys() {
  const { page } = state;
  const withKeys = (actions) => (actions ?? []).filter((action) => action.key).map((action) => [action.key, action.label]);
  dialogs.keys([
    ["Everywhere", [["?", "These keys"], ["/", "Search"], ["Esc", "Back"], ...(page?.tabs ?? []).map((tab) => [tab.key, tab.label])]],
    ["In a table", [["\u2191 \u2193", "Choose a row"], ["j k g G", "The same, as in the terminal"], ["Page \u2191 \u2193", "A screen up or down"], ["Home End", "First and last row"],
      ["Enter", "Open"], ["Space", "Tick"]]],
    ["On this page", withKeys(page?.actions)],
    ["With the chosen row", withKeys(chosenTable?.row?.actions)],
    ["For what is said above", (page?.notices ?? []).flatMap((notice) => withKeys(notice.actions))],
  ], { on: state.keys, toggle: (on) => {
    state.keys = on;
    localStorage.setItem("keys", on ? "on" : "off");
  } });
}

/** All that can be done now by a key, what is nearest to the person first. */
function actionFor(key) {
  const { page } = state;
  const lists = [chosenTable?.row?.actions, page?.actions, ...(page?.notices ?? []).map((notice) => notice.actions)];
  for (const block of page?.blocks ?? []) {
    lists.push(block.empty?.actions, block.table?.total === 0 ? block.table.empty.actions : null);
    for (const fact of block.facts?.facts ?? []) lists.push(fact.actions);
  }
  return lists.flatMap((list) => list ?? []).find((action) => action.key === key);
}

const TO_TABLE = new Set(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "Enter"]);
const TO_TABLE_TOO = new Set(["j", "k", "g", "G"]);

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || dialogs.isAnyOpen()) return;
  const { target, key } = event;
  if (target.closest?.("input:not([type=checkbox]), select, textarea")) return;
  const { page } = state;
  const table = chosenTable ?? [...tables.values()].find((view) => view.table?.total > 0);
  if ((TO_TABLE.has(key) || (state.keys && TO_TABLE_TOO.has(key))) && table?.grid && !target.closest?.("button, a, summary, input, [role=region]")) {
    table.grid.focus({ preventScroll: true });
    table.key(event);
    return;
  }
  if (key === "Escape" && page?.back) go(page.back);
  else if (!state.keys) return;
  else if (key === "?") showKeys();
  else if (key === "/" && document.querySelector(".search")) document.querySelector(".search").focus();
  else {
    const tab = page?.tabs.find((tab) => tab.key === key);
    const action = tab ? null : actionFor(key);
    if (tab) go({ screen: tab.screen });
    else if (action) act(action);
    else return;
  }
  event.preventDefault();
});

// The window.

addEventListener("hashchange", route);
let settling = null;
addEventListener("scroll", () => {
  for (const view of tables.values()) view.scroll();
  clearTimeout(settling);
  settling = setTimeout(() => {
    for (const view of tables.values()) view.settle();
  }, 150);
}, { passive: true });
document.addEventListener("visibilitychange", () => !document.hidden && wake());
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
setInterval(() => state.page?.moves && !document.hidden && wake(), PACE);

const connection = listen({
  heard: () => wake(),
  isNow: (now) => {
    state.connection = now;
    redraw();
  },
});
history.scrollRestoration = "manual";
visit();
redraw();
wake("moved");
