// Versions of one thing beside each other.

import { h } from "./dom.js";
import { moment, plain, prose, words } from "./text.js";

const SIDES = { left: "\u2039", right: "\u203a" };

/** A comparison. */
export function comparison({ versions, lines = [], remark = "" }) {
  return h("section", { class: "comparison", "aria-label": "Comparison" },
    h("div", { class: "versions" }, versions.map(version)),
    lines.length > 0 && difference(lines, versions),
    remark && h("p", { class: "muted" }, words(remark)));
}

function version(version) {
  const picture = isOurs(version.picture) && version.picture;
  return h("article", { key: version.side, class: `card version ${version.side === "baseline" ? "baseline" : ""}` },
    h("h2", null, words(version.label), version.newer && h("span", { class: "chip tone-good" }, "newer")),
    h("p", null, words(version.kind)),
    h("p", { class: "muted" }, version.modified
      ? h("time", { datetime: version.modified, title: moment(version.modified) }, words(version.text))
      : words(version.text)),
    picture && h("a", { href: picture, target: "_blank", rel: "noreferrer" },
      h("img", { src: picture, alt: `The picture as it is: ${plain(version.label)}`, loading: "lazy" })));
}

/** Pictures come from the manager and from nowhere else. */
function isOurs(path) {
  return typeof path === "string" && path.startsWith("/v1/content?");
}

/** Lines of both sides that belong beside each other. */
export function pairs(lines) {
  const rows = [];
  let left = [];
  let right = [];
  const flush = () => {
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      rows.push({ left: left[at], right: right[at] });
    }
    left = [];
    right = [];
  };
  for (const line of lines) {
    if (line.mark === "left") left.push(line);
    else if (line.mark === "right") right.push(line);
    else {
      flush();
      rows.push(line.mark === "skipped" ? { skipped: line } : { left: line, right: line, same: true });
    }
  }
  flush();
  return rows;
}

const WORD = /[\p{L}\p{N}_]/u;

/** Where two texts begin and stop to differ, in whole words. */
export function middle(left, right) {
  let from = 0;
  while (from < left.length && from < right.length && left[from] === right[from]) from += 1;
  let to = 0;
  const most = Math.min(left.length, right.length) - from;
  while (to < most && left[left.length - 1 - to] === right[right.length - 1 - to]) to += 1;
  const inWord = (text, at) => at > 0 && at < text.length && WORD.test(text[at - 1]) && WORD.test(text[at]);
  while (inWord(left, from) || inWord(right, from)) from -= 1;
  while (to > 0 && (inWord(left, left.length - to) || inWord(right, right.length - to))) to -= 1;
  return { from, to };
}

function marked(text, other) {
  const shown = prose(text);
  if (other === undefined) return shown;
  const { from, to } = middle(shown, prose(other));
  // Lines that have little in common are better read as a whole.
  if (from + to < 3 || from + to >= shown.length) return shown;
  return [shown.slice(0, from), h("mark", null, shown.slice(from, shown.length - to)), shown.slice(shown.length - to)];
}

function half(line, other, side, same) {
  if (!line) return [h("td", { class: `no ${side}` }), h("td", { class: `line none ${side}` })];
  const sign = same ? "" : SIDES[side];
  return [
    h("td", { class: `no ${side}` }, line[side] ?? ""),
    h("td", { class: `line ${same ? "" : "differs"} ${side}` },
      h("span", { class: "where", "aria-hidden": "true" }, sign),
      !same && h("span", { class: "unseen" }, `${side} only: `),
      h("bdi", null, marked(line.text, same ? undefined : other?.text))),
  ];
}

function difference(lines, versions) {
  const label = (side) => plain(versions.find((version) => version.side === side)?.label ?? side);
  const row = (row, at) => row.skipped
    ? h("tr", { key: at, class: "skipped" }, h("td", { colspan: "4" }, words(row.skipped.text || "\u22ef")))
    : h("tr", { key: at, class: row.same ? "same" : "differs" },
      half(row.left, row.right, "left", row.same), half(row.right, row.left, "right", row.same));
  return h("div", { class: "card difference", role: "region", "aria-label": "What differs, line by line", tabindex: "0" },
    h("table", null,
      h("colgroup", null, h("col", { class: "no" }), h("col"), h("col", { class: "no" }), h("col")),
      h("thead", null, h("tr", null,
        h("th", { scope: "col", colspan: "2" }, label("left")),
        h("th", { scope: "col", colspan: "2" }, label("right")))),
      h("tbody", null, pairs(lines).map(row))));
}
