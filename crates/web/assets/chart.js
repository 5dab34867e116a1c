// Numbers over time: columns for who sees them, a table for everybody.

import { h } from "./dom.js";
import { hasSign, plain, toneSign, words } from "./text.js";

const WIDTH = 1000;
const HEIGHT = 160;

/** A chart; `hash` writes a place as an address, `go` goes to one. */
export function chart({ caption, points }, { hash, go }) {
  const most = points.reduce((most, point) => Math.max(most, point.value), 1);
  const step = WIDTH / Math.max(points.length, 12);
  const column = (point, at) => {
    const height = Math.max(3, (point.value / most) * HEIGHT);
    const box = { x: at * step + step * 0.12, y: HEIGHT - height, width: step * 0.76, height, rx: 3 };
    const open = point.opens && (() => go(point.opens));
    return h("rect", { key: point.at + at, class: `column tone-${point.tone}`, ...box, onclick: open,
      "data-opens": point.opens ? "yes" : undefined }, h("title", null, plain(point.label)));
  };
  // The columns are for the eye and the mouse alone; the table says and offers the same.
  const drawing = h("svg", { class: "columns", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    points.map(column),
    h("line", { class: "ground", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }));
  const line = (point, at) => h("tr", { key: point.at + at },
    h("td", { class: hasSign(point.tone) ? `tone-${point.tone}` : undefined }, toneSign(point.tone),
      point.opens ? h("a", { href: hash(point.opens) }, words(point.label)) : words(point.label)));
  return h("figure", { class: "card chart" },
    h("figcaption", null, words(caption)),
    points.length > 0 && drawing,
    h("details", null,
      h("summary", null, "As a list"),
      h("table", null, h("caption", { class: "unseen" }, plain(caption)),
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "When and how much"))),
        h("tbody", null, points.map(line)))));
}
