// The parts of a page.

import { chart } from "./chart.js";
import { comparison } from "./diff.js";
import { h } from "./dom.js";
import { plain, prose, sentences, toneSign, words } from "./text.js";

/** The drawings of everything that is no table, for a face: `act`, `hash`, `go`, `tableFor`. */
export function drawings(host) {
  /** The button of an action; where it cannot be done now, with the reason. */
  const action = (action, at) => {
    const { label, key, disabled, primary } = action;
    const kind = primary ? "primary" : "";
    return h("span", { key: `${action.id} ${at}`, class: "action" },
      h("button", {
        type: "button", class: kind, "data-action": action.id, "aria-disabled": disabled ? "true" : undefined,
        "aria-description": disabled && plain(disabled), "aria-keyshortcuts": key, title: disabled && plain(disabled),
        onclick: () => host.act(action),
      }, words(label, label.length > 60 ? {} : { title: undefined }), key && h("kbd", { "aria-hidden": "true" }, plain(key))),
      disabled && h("span", { class: "reason" }, words(disabled)));
  };

  const actions = (list) => list?.length > 0 && h("div", { key: "actions", class: "actions" }, list.map(action));

  /** How far something is; `name` says what. */
  const bar = ({ value, max, label }, name) => {
    const known = max > 0;
    const share = known ? Math.max(0, Math.min(1, value / max)) : 0;
    return h("div", { class: `bar${known ? "" : " unknown"}` },
      h("div", {
        class: "track", role: "progressbar", "aria-label": name || "Progress", "aria-valuemin": known ? "0" : undefined,
        "aria-valuemax": known ? max : undefined, "aria-valuenow": known ? Math.min(value, max) : undefined,
        "aria-valuetext": plain(label) || undefined,
      }, h("div", { class: "fill", vars: { "--share": share } })),
      h("span", { class: "bar-label" }, words(label)));
  };

  const empty = ({ text, actions: ways }) => h("div", { class: "empty" },
    h("p", null, sentences(text)), actions(ways));

  const facts = ({ facts }) => h("dl", { class: "card facts" }, facts.map((fact, at) =>
    h("div", { key: `${fact.name} ${at}` },
      h("dt", null, words(fact.name)),
      h("dd", { class: `tone-${fact.tone}` }, toneSign(fact.tone), h("span", { class: "prose" }, sentences(fact.text)),
        actions(fact.actions)))));

  const paragraph = ({ tone, text }) => h("p", { class: `paragraph prose tone-${tone}` }, toneSign(tone), sentences(text));

  const kinds = {
    heading: (text) => h("h2", null, words(text)),
    text: paragraph,
    facts,
    bar: (value) => h("div", { class: "card whole-bar" }, bar(value, "Everything")),
    table: (table) => host.tableFor(table).view(),
    comparison,
    chart: (value) => chart(value, host),
    empty: (value) => h("div", { class: "card" }, empty(value)),
  };

  const block = (block, at) => {
    const [kind, value] = Object.entries(block)[0];
    const drawn = kinds[kind]?.(value);
    // What a newer manager has and this page does not know is left out.
    return drawn && h("div", { key: kind === "table" ? `table ${value.id}` : `${kind} ${at}`, class: "block", "data-block": kind }, drawn);
  };

  const notice = (notice, at) => h("li", { key: `${notice.text} ${at}`, class: `notice tone-${notice.tone}` },
    toneSign(notice.tone), h("div", null, h("p", { class: "prose" }, sentences(notice.text)), actions(notice.actions)));

  const failure = ({ headline, causes = [], hint }, dismiss) => h("div", { class: "notice failure tone-bad" },
    toneSign("bad"),
    h("div", null, h("p", { class: "headline" }, sentences(headline)),
      causes.length > 0 && h("ul", { class: "causes" }, causes.map((cause, at) => h("li", { key: at }, sentences(cause)))),
      hint && h("p", { class: "hint" }, h("strong", null, "What to do: "), sentences(hint))),
    dismiss && h("button", { type: "button", class: "quiet dismiss", "aria-label": "Dismiss", onclick: dismiss }, "\u2715"));

  return { action, actions, bar, empty, block, notice, failure, prose };
}
