// Where the rows of a long table stand. Arithmetic only: it knows no document.
//
// Positions are in pixels from the top of the first row. Rows have one height, those with a bar another; headings stand before some,
// and the details of the chosen one behind it. A browser cannot make anything higher than some millions of pixels, so a very long table is drawn in
// a space that is lower than itself, and `shift` says how far what is seen lies beyond where the window is scrolled to.

/** The highest that is asked of a browser. */
export const HIGHEST = 6_000_000;

export class Span {
  constructor() {
    Object.assign(this, { total: 0, height: 44, headings: new Map(), heading: 36, bars: new Set(), bar: 20, chosen: -1, detail: 0, shift: 0, seen: 0 });
  }

  /** Where row `at` begins, with the heading before it. */
  before(at) {
    const count = (rows) => {
      let count = 0;
      for (const row of rows) if (row < at) count += 1;
      return count;
    };
    const detail = this.chosen >= 0 && this.chosen < at ? this.detail : 0;
    return at * this.height + count(this.headings.keys()) * this.heading + count(this.bars) * this.bar + detail;
  }

  /** The height of everything. */
  get whole() {
    return this.before(this.total);
  }

  /** The height of the space that it is drawn in. */
  get drawn() {
    return Math.min(this.whole, HIGHEST);
  }

  /** The row at a position. */
  at(position) {
    let [low, high] = [0, Math.max(0, this.total - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.before(middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where the window is when it is scrolled to `y` and shows `view` pixels. Small steps are exact, large ones go by proportion. */
  scrolled(y, view) {
    const step = Math.abs(y - this.seen);
    this.seen = y;
    const most = this.whole - this.drawn;
    if (most <= 0 || y <= 0) this.shift = 0;
    else if (y >= this.drawn - view) this.shift = most;
    else if (step > view * 2) this.shift = Math.round((y / (this.drawn - view)) * most);
    return Math.max(0, y) + this.shift;
  }

  /** Where to scroll to so that `position` is seen at the top, in proportion to the whole. */
  scrollFor(position, view) {
    const most = Math.max(1, this.whole - view);
    const to = Math.max(0, Math.min(position, most));
    if (this.whole <= this.drawn) {
      this.shift = 0;
      this.seen = to;
      return to;
    }
    const y = Math.round((to / most) * (this.drawn - view));
    this.shift = to - y;
    this.seen = y;
    return y;
  }
}
