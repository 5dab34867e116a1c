// A table of any length: only the rows that can be seen are in the document, and only those around them are asked for.

import { draw, h } from "./dom.js";
import { Span } from "./span.js";
import { hasSign, moment, number, plain, prose, toneSign, words } from "./text.js";

/** Rows that are asked for at a time. */
const COUNT = 240;
/** Rows that are drawn beyond what can be seen. */
const BEYOND = 12;
/** A table with no more rows than this is drawn whole, so that a search of the browser finds everything in it. */
const WHOLE = 120;
/** Widths, in characters: what a column has at most, and what it is sure to have where there is not much room. */
const WIDEST = 60;
const NEEDS = 30;
const GROWS_FROM = 16;

export class TableView {
  /** `host` is the face: `act`, `hash`, `go`, `redraw`, `wake`, `fail`, `send`, `look`. */
  constructor(host) {
    Object.assign(this, { host, span: new Span(), rows: new Map(), table: null, chosen: null, at: -1, from: 0 });
    Object.assign(this, { widths: [], shown: [], pending: new Map(), grid: null, body: null, pane: null, first: 0, last: -1, cut: new Set(), held: null });
    this.resized = new ResizeObserver(() => this.layout());
  }

  /** Which rows it wants to have. */
  get window() {
    return { from: this.from, count: COUNT };
  }

  /** Takes what a page says of it that was asked for at a moment. */
  take(table, asked = 0) {
    const fresh = this.table === null;
    // What becomes known above what is seen moves nothing.
    this.held = this.body?.isConnected ? this.anchor() : null;
    this.table = table;
    const { span } = this;
    // Of some tables a page shows the beginning only.
    const is_beginning = table.from === 0 && this.from === 0 && table.rows.length < Math.min(COUNT, table.total);
    span.total = is_beginning ? table.rows.length : table.total;
    this.rows.clear();
    table.rows.forEach((row, at) => this.rows.set(table.from + at, row));
    this.settleTicks(asked);
    this.headings();
    this.measureColumns();
    if (this.chosen !== null) {
      const at = [...this.rows].find(([, row]) => row.key === this.chosen)?.[0];
      if (at !== undefined) this.at = at;
      else if (this.rows.has(this.at)) this.chosen = this.rows.get(this.at).key;
      if (span.total === 0) this.forget();
      else if (this.at >= span.total) this.choose(span.total - 1, { quietly: true });
      span.chosen = this.at;
    }
    if (fresh) span.heading = 36;
  }

  forget() {
    Object.assign(this, { chosen: null, at: -1 });
    Object.assign(this.span, { chosen: -1, detail: 0 });
  }

  headings() {
    const { span, rows } = this;
    for (const [at, row] of rows) {
      const before = at === 0 ? "" : rows.get(at - 1)?.group;
      const has = row.group && before !== undefined && before !== row.group;
      if (has) span.headings.set(at, row.group);
      else if (before !== undefined) span.headings.delete(at);
      if (row.bar) span.bars.add(at);
      else span.bars.delete(at);
    }
    for (const at of span.bars) if (at >= span.total) span.bars.delete(at);
    for (const at of span.headings.keys()) if (at >= span.total) span.headings.delete(at);
  }

  /** Columns only become wider: a table that changes while it is read does not jump. */
  measureColumns() {
    const { columns } = this.table;
    columns.forEach((column, at) => {
      let width = Math.max(this.widths[at] ?? 0, column.label.length + 1);
      for (const row of this.rows.values()) {
        const cell = row.cells[at];
        if (cell) width = Math.max(width, cell.text.length + (hasSign(cell.tone) ? 3 : 1));
      }
      this.widths[at] = Math.min(WIDEST, width);
    });
  }

  /** Which columns there is room for: those with the highest rank go first. */
  fitColumns() {
    const { columns } = this.table;
    const character = this.em * 0.55;
    const room = this.grid.clientWidth / character - (this.ticks ? 5 : 0) - (this.signs ? 3 : 0) - 3;
    const need = (at) => (columns[at].grows ? Math.min(GROWS_FROM, this.widths[at]) : Math.min(NEEDS, this.widths[at])) + 2;
    const shown = columns.map((_, at) => at);
    const sum = () => shown.reduce((sum, at) => sum + need(at), 0);
    while (sum() > room) {
      const worst = shown.reduce((worst, at) => (columns[at].rank >= columns[worst].rank ? at : worst), shown[0]);
      if (!columns[worst]?.rank) break;
      shown.splice(shown.indexOf(worst), 1);
    }
    this.shown = shown;
    const grows = shown.some((at) => columns[at].grows);
    // In pixels: the heading has smaller letters.
    const track = (at, place) =>
      columns[at].grows || (!grows && place === 0)
        ? `minmax(${Math.ceil((Math.min(GROWS_FROM, this.widths[at]) + 2) * character)}px, 1fr)`
        : `minmax(0, ${Math.ceil((this.widths[at] + 1) * character)}px)`;
    const lead = [this.ticks && "2.25rem", this.signs && "1.25rem"].filter(Boolean);
    return [...lead, ...shown.map(track)].join(" ");
  }

  get ticks() {
    return [...this.rows.values()].some((row) => row.tick);
  }

  get signs() {
    return [...this.rows.values()].some((row) => hasSign(row.tone));
  }

  /** The chosen row, if it is known. */
  get row() {
    const row = this.rows.get(this.at);
    return row && row.key === this.chosen ? row : undefined;
  }

  // Drawing.

  /** The table without its rows, which `layout` draws. */
  view() {
    const { table } = this;
    return h("section", { key: `table-${table.id}`, class: "card table", "data-table": table.id },
      this.tools(),
      table.total === 0
        ? this.host.blocks.empty(table.empty)
        : h("div", {
          key: "grid", class: "grid", role: "grid", tabindex: "0", "aria-label": plain(table.caption),
          "aria-rowcount": table.total + 1, onkeydown: (event) => this.key(event), onclick: (event) => this.click(event),
          ondblclick: (event) => this.doubleClick(event),
          made: (grid) => { this.grid = grid; this.resized.observe(grid); },
        },
        h("div", { key: "head", class: "head", role: "row", "aria-rowindex": "1", own: true, made: (head) => { this.head = head; } }),
        h("div", { key: "body", class: "body", made: (body) => { this.body = body; } },
          h("div", { class: "pane", role: "rowgroup", own: true, made: (pane) => { this.pane = pane; } }))));
  }

  tools() {
    const { filter, search, total, rows } = this.table;
    if (!filter && !search && total <= rows.length && total < 20) return null;
    const { look } = this.host;
    const shown = this.span.total;
    const rows_text = shown < total ? `the first ${number(shown)} of ${number(total)} rows` : total === 1 ? "1 row" : `${number(total)} rows`;
    return h("div", { key: "tools", class: "tools" },
      filter && h("div", { class: "filters", role: "group", "aria-label": "Show" }, filter.choices.map((choice, at) =>
        h("button", { key: choice.id, type: "button", class: "chip", "aria-pressed": String(choice.id === filter.chosen),
          onclick: () => look({ filter: at === 0 ? null : choice.id }) },
          words(choice.label), h("span", { class: "count" }, number(choice.count))))),
      search && h("input", { key: "search", class: "search", type: "search", placeholder: `Search: ${plain(search.hint)}`, initial: search.text,
        "aria-label": `Search: ${plain(search.hint)}`, "aria-keyshortcuts": "/", spellcheck: "false", autocomplete: "off",
        oninput: (event) => this.search(event.target.value), onkeydown: (event) => this.searchKey(event) }),
      h("span", { key: "total", class: "muted total" }, rows_text));
  }

  search(text) {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.host.look({ search: text || null }, "stays"), 200);
  }

  searchKey(event) {
    if (event.key === "ArrowDown" && this.grid) {
      this.grid.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && event.target.value) {
      event.target.value = "";
      this.search("");
      event.stopPropagation();
    }
  }

  /** Draws the rows that can be seen. Called after each drawing of the page, and whenever the window is scrolled or resized. */
  layout() {
    const { held } = this;
    this.held = null;
    if (!this.table?.total || !this.body?.isConnected) return;
    const { span, body, grid } = this;
    this.em = parseFloat(getComputedStyle(grid).fontSize);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const anchor = held ?? this.anchor();
    span.height = Math.round(rem * 2.75);
    span.bar = Math.round(rem * 1.4);
    span.heading = Math.round(rem * 2.5);
    grid.style.setProperty("--columns", this.fitColumns());
    grid.style.setProperty("--row", `${span.height}px`);
    grid.style.setProperty("--bar", `${span.bar}px`);
    grid.style.setProperty("--heading", `${span.heading}px`);
    grid.setAttribute("aria-colcount", this.table.columns.length);
    this.drawHead();
    this.hold(anchor);
    this.drawRows();
    const cut = this.cutCells();
    if (cut.size !== this.cut.size) {
      this.cut = cut;
      this.drawRows();
    }
    const detail = this.pane.querySelector(".detail")?.offsetHeight ?? (this.chosen === null ? 0 : span.detail);
    if (detail !== span.detail) {
      const before = this.anchor();
      span.detail = detail;
      this.hold(before);
      this.drawRows();
    }
  }

  /** Which cells of the chosen row there was no room for. */
  cutCells() {
    const cells = [...(this.pane.querySelector(".row.chosen")?.querySelectorAll(".cell") ?? [])];
    return new Set(cells.flatMap((cell, place) => (cell.scrollWidth > cell.clientWidth ? [place] : [])));
  }

  /** How far the window is scrolled into the table. */
  get y() {
    return -this.body.getBoundingClientRect().top;
  }

  get view_height() {
    return document.documentElement.clientHeight;
  }

  /** The row whose place on the screen is kept while something around it changes its size. */
  anchor() {
    const { span } = this;
    if (this.y <= 0 || !span.total) return null;
    const top = this.y + span.shift;
    const seen = this.at >= 0 && span.before(this.at) >= top && span.before(this.at) < top + this.view_height;
    const at = seen ? this.at : span.at(top);
    return { at, below: span.before(at) - top };
  }

  hold(anchor) {
    const { span, body } = this;
    body.style.height = `${span.drawn}px`;
    if (!anchor) return;
    const moved = span.before(Math.min(anchor.at, span.total)) - anchor.below - (this.y + span.shift);
    if (Math.abs(moved) < 1) return;
    if (span.whole > span.drawn) span.shift += moved;
    else {
      scrollBy({ top: moved, behavior: "instant" });
      span.seen = this.y;
    }
  }

  drawHead() {
    const { columns } = this.table;
    const lead = [
      this.ticks && h("div", { key: "ticks", role: "columnheader" }, h("span", { class: "unseen" }, "Takes part")),
      this.signs && h("div", { key: "signs", role: "columnheader" }, h("span", { class: "unseen" }, "State")),
    ];
    draw(this.head, lead, this.shown.map((at) =>
      h("div", { key: columns[at].id, role: "columnheader", class: `align-${columns[at].align}`, title: plain(columns[at].label) },
        words(columns[at].label))));
  }

  drawRows() {
    const { span } = this;
    const top = span.scrolled(this.y, this.view_height);
    const whole = span.total <= WHOLE;
    this.first = whole ? 0 : Math.max(0, span.at(top) - BEYOND);
    this.last = whole ? span.total - 1 : Math.min(span.total - 1, span.at(top + this.view_height) + BEYOND);
    const drawn = [];
    for (let at = this.first; at <= this.last; at += 1) drawn.push(...this.drawRow(at));
    draw(this.pane, drawn);
    const offset = span.before(this.first) - span.shift;
    this.pane.style.transform = `translateY(${offset}px)`;
    const active = this.at >= this.first && this.at <= this.last && this.chosen !== null ? `${this.table.id}-${this.at}` : null;
    if (active) this.grid.setAttribute("aria-activedescendant", active);
    else this.grid.removeAttribute("aria-activedescendant");
    this.want();
  }

  /** Asks for rows that are or will soon be seen and are not there. */
  want() {
    const { total } = this.span;
    if (total < this.table.total) return;
    const begins = Math.max(0, this.first - 30);
    const ends = Math.min(total - 1, this.last + 30);
    if (this.rows.has(begins) && this.rows.has(ends) && this.rows.has(this.first) && this.rows.has(this.last)) return;
    const middle = Math.floor((this.first + this.last) / 2);
    const from = Math.max(0, Math.min(middle - COUNT / 2, Math.max(0, total - COUNT)));
    // What was asked for and did not come is not asked for again and again.
    if (from === this.from && this.rows.has(this.first)) return;
    const moved = from !== this.from;
    this.from = from;
    if (moved) this.host.wake("scrolled");
  }

  drawRow(at) {
    const row = this.rows.get(at);
    const id = `${this.table.id}-${at}`;
    // Also before a row that is not there any more or not again: its heading and its bar have their place.
    const group = this.span.headings.get(at);
    const heading = group && h("div", { key: `group ${at} ${group}`, class: "group", role: "row" },
      h("div", { role: "rowheader" }, words(group)));
    if (!row) {
      const kind = `row waits${this.span.bars.has(at) ? " has-bar" : ""}`;
      return [heading, h("div", { key: `#${at}`, id, class: kind, role: "row", "aria-rowindex": at + 2, "data-at": at },
        h("div", { role: "gridcell", class: "wait" }, "\u2026"))].filter(Boolean);
    }
    const chosen = row.key === this.chosen;
    return [
      heading,
      h("div", { key: row.key, id, class: `row tone-${row.tone}${chosen ? " chosen" : ""}${row.opens ? " opens" : ""}${row.bar ? " has-bar" : ""}`, role: "row",
        "aria-rowindex": at + 2, "aria-selected": String(chosen), "data-at": at },
        this.lead(row), this.shown.map((column) => this.cell(row, column)),
        row.bar && h("div", { key: "bar", class: "row-bar", role: "gridcell" }, this.host.blocks.bar(row.bar, plain(row.cells[0]?.text)))),
      chosen && this.detail(row),
    ].filter(Boolean);
  }

  lead(row) {
    const on = this.pending.get(row.key)?.on ?? row.tick?.on;
    return [
      this.ticks && h("div", { key: "tick", class: "tick", role: "gridcell" }, row.tick &&
        h("input", { type: "checkbox", tabindex: "-1", checked: Boolean(on), "aria-label": `${plain(row.cells[0]?.text)} takes part`,
          onchange: () => this.tick(row) })),
      this.signs && h("div", { key: "sign", class: `lead tone-${row.tone}`, role: "gridcell" }, toneSign(row.tone)),
    ];
  }

  cell(row, at) {
    const column = this.table.columns[at];
    const cell = row.cells[at] ?? { text: "" };
    const first = at === this.shown[0];
    const text = cell.at
      ? h("time", { datetime: cell.at, title: moment(cell.at) }, words(cell.text, { title: undefined }))
      : words(cell.text || (first && row.opens ? "(without a name)" : ""));
    return h("div", { key: column.id, role: "gridcell", class: `cell align-${column.align}${cell.tone ? ` tone-${cell.tone}` : ""}` },
      cell.tone && toneSign(cell.tone),
      first && row.opens ? h("a", { href: this.host.hash(row.opens), tabindex: "-1" }, text) : text);
  }

  /** More about the chosen row: what there was no room for, its text, its actions. */
  detail(row) {
    const { columns } = this.table;
    const left_out = columns.map((_, at) => at).filter((at) => !this.shown.includes(at) && row.cells[at]?.text);
    const long = this.shown.filter((_, place) => this.cut.has(place));
    const actions = row.actions ?? [];
    if (!left_out.length && !long.length && !row.detail && !actions.length) return null;
    return h("div", { key: `detail ${row.key}`, class: "detail", role: "row" }, h("div", { role: "gridcell" },
      long.map((at) => h("p", { key: `long ${at}`, class: "long" }, h("bdi", null, plain(row.cells[at].text)))),
      left_out.length > 0 && h("dl", { class: "left-out" }, left_out.map((at) => h("div", { key: at },
        h("dt", null, words(columns[at].label)), h("dd", null, words(row.cells[at].text))))),
      row.detail && h("p", { class: "prose" }, h("bdi", null, prose(row.detail))),
      this.host.blocks.actions(actions)));
  }

  // What a person does.

  choose(at, { quietly } = {}) {
    const to = Math.max(0, Math.min(this.span.total - 1, at));
    const anchor = this.body && this.anchor();
    this.at = to;
    this.chosen = this.rows.get(to)?.key ?? `#${to}`;
    Object.assign(this.span, { chosen: to });
    this.host.chose(this);
    if (quietly || !this.body) return;
    this.hold(anchor);
    this.layout();
  }

  /** Scrolls so that a row can be seen. */
  reveal(at) {
    const { span } = this;
    const above = (this.head?.getBoundingClientRect().height ?? 0) + this.host.covered();
    const top = this.y + span.shift + above;
    const bottom = this.y + span.shift + this.view_height;
    const begin = span.before(at);
    const end = begin + span.height + (span.bars.has(at) ? span.bar : 0) + (span.headings.has(at) ? span.heading : 0) + (at === this.at ? span.detail : 0);
    if (begin >= top && end <= bottom) return;
    const to = begin < top || end - begin > bottom - top ? begin - above : end - this.view_height;
    const here = this.y;
    const far = span.whole > span.drawn && Math.abs(to - (here + span.shift)) > this.view_height;
    const y = far ? span.scrollFor(to, this.view_height) : to - span.shift;
    scrollBy({ top: y - here, behavior: "instant" });
    this.drawRows();
  }

  move(at) {
    if (!this.span.total) return;
    this.choose(at);
    this.reveal(this.at);
  }

  get page_rows() {
    return Math.max(1, Math.floor(this.view_height / this.span.height) - 3);
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("button, input, select, textarea") && event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: this.page_rows, PageUp: -this.page_rows };
    // As in the terminal window.
    if (this.host.letters()) Object.assign(steps, { j: 1, k: -1 });
    const ends = { Home: 0, End: this.span.total - 1, ...(this.host.letters() && { g: 0, G: this.span.total - 1 }) };
    const at = this.at < 0 ? (steps[event.key] > 0 ? this.visible() - 1 : this.visible()) : this.at;
    if (event.key in steps) this.move(this.at < 0 && Math.abs(steps[event.key]) > 1 ? this.visible() : at + steps[event.key]);
    else if (event.key in ends) this.move(ends[event.key]);
    else if (event.key === "Enter" && this.row?.opens) this.host.go(this.row.opens);
    else if (event.key === " " && this.row?.tick) this.tick(this.row);
    else if (event.key === "Escape" && this.chosen !== null) {
      this.forget();
      this.layout();
      this.host.chose(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The first row that can be seen. */
  visible() {
    return this.y <= 0 ? 0 : this.span.at(this.y + this.span.shift + this.host.covered());
  }

  rowOf(event) {
    const row = event.target.closest(".row");
    return row ? Number(row.dataset.at) : null;
  }

  click(event) {
    if (event.target.closest("a, button, input, summary, .detail")) return;
    const at = this.rowOf(event);
    if (at === null || String(getSelection())) return;
    this.choose(at);
    this.reveal(at);
  }

  doubleClick(event) {
    if (event.target.closest("a, button, input, .detail")) return;
    const row = this.rows.get(this.rowOf(event) ?? -1);
    if (row?.opens) this.host.go(row.opens);
  }

  /** Shows what was chosen at once. What was chosen before has to be known to the page first: it says how to ask for the other. */
  tick(row) {
    const choice = this.pending.get(row.key);
    if (!choice) return this.sendTick(row);
    choice.on = !choice.on;
    return this.layout();
  }

  /** Takes the choice back if it could not be done. */
  async sendTick(row) {
    const on = !row.tick.on;
    const choice = { on, sent: on, answered: Infinity };
    this.pending.set(row.key, choice);
    this.layout();
    try {
      await this.host.send(row.tick.request, () => (choice.answered = performance.now()));
    } catch (error) {
      if (this.pending.get(row.key) === choice) this.pending.delete(row.key);
      this.host.fail(error);
    }
    this.layout();
  }

  /** A page that was asked for after the answer knows better: somebody else may have chosen since. */
  settleTicks(asked) {
    for (const [key, choice] of this.pending) {
      if (asked < choice.answered) continue;
      this.pending.delete(key);
      const row = this.table.rows.find((row) => row.key === key);
      if (row?.tick && choice.on !== choice.sent && choice.on !== row.tick.on) this.sendTick(row);
    }
  }

  /** The window was scrolled. */
  scroll() {
    if (!this.table?.total || !this.body?.isConnected) return;
    this.drawRows();
  }

  /** The window stands still: where a table is drawn in less space than it has, both are brought into proportion again. */
  settle() {
    const { span } = this;
    if (!this.body?.isConnected || span.whole <= span.drawn || this.y <= 0) return;
    const here = this.y;
    const y = span.scrollFor(here + span.shift, this.view_height);
    if (Math.abs(y - here) < 1) return;
    scrollBy({ top: y - here, behavior: "instant" });
    this.drawRows();
  }

  /** Other rows are looked at from now on: from the first one. */
  begin() {
    this.from = 0;
    if (this.body?.isConnected && this.y > 0) {
      Object.assign(this.span, { shift: 0, seen: 0 });
      scrollBy({ top: -this.y - this.host.covered() - this.span.height, behavior: "instant" });
    }
  }

  leave() {
    this.resized.disconnect();
    clearTimeout(this.typing);
  }
}
