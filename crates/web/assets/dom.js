// Draws trees of plain values into the document and changes only what differs from what was drawn before, so that focus, scrolling
// and selection outlive a redraw. Texts become text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** What each node was drawn from, and the nodes below it. */
const drawn = new WeakMap();
/** What each element does on events. */
const handlers = new WeakMap();

/** An element: `h("p", { class: "x", onclick }, "text", other)`. What is null, false or empty is left out. */
export function h(tag, props, ...kids) {
  return { tag, props: props ?? {}, key: props?.key, kids: flat(kids) };
}

function flat(kids, out = []) {
  for (const kid of kids) {
    if (Array.isArray(kid)) flat(kid, out);
    else if (kid === null || kid === undefined || kid === false || kid === "") continue;
    else out.push(typeof kid === "object" ? kid : { text: String(kid) });
  }
  return out;
}

/** Makes the children of `parent` be these. */
export function draw(parent, ...kids) {
  const focused = document.activeElement;
  if (!drawn.has(parent)) parent.replaceChildren();
  children(parent, flat(kids), parent.namespaceURI === SVG);
  // A node that was moved has lost the focus.
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

function children(parent, kids, svg) {
  const before = drawn.get(parent)?.nodes ?? [];
  const keyed = new Map();
  const loose = [];
  for (const node of before) {
    const { key } = drawn.get(node).from;
    if (key === undefined) loose.push(node);
    else keyed.set(key, node);
  }
  let next = 0;
  const take = (kid) => {
    if (kid.key !== undefined) {
      const node = keyed.get(kid.key);
      if (!node || drawn.get(node).from.tag !== kid.tag) return undefined;
      keyed.delete(kid.key);
      return node;
    }
    for (let at = next; at < loose.length; at += 1) {
      if (drawn.get(loose[at]).from.tag === kid.tag) {
        next = at + 1;
        return loose[at];
      }
    }
    return undefined;
  };
  const nodes = kids.map((kid) => {
    const node = take(kid);
    return node ? change(node, kid, svg) : make(kid, svg);
  });
  const kept = new Set(nodes);
  for (const node of before) if (!kept.has(node)) node.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
  drawn.set(parent, { ...drawn.get(parent), nodes });
}

function make(from, svg) {
  if (from.tag === undefined) {
    const node = document.createTextNode(from.text);
    drawn.set(node, { from });
    return node;
  }
  const inside = svg || from.tag === "svg";
  const node = inside ? document.createElementNS(SVG, from.tag) : document.createElement(from.tag);
  drawn.set(node, { from, nodes: [] });
  for (const name in from.props) set(node, name, from.props[name]);
  if (!from.props.own) children(node, from.kids, inside);
  // A choice among options can be made once they are there.
  if (from.props.initial !== undefined) node.value = from.props.initial;
  from.props.made?.(node);
  return node;
}

function change(node, from, svg) {
  const state = drawn.get(node);
  const was = state.from;
  state.from = from;
  if (from.tag === undefined) {
    if (node.data !== from.text) node.data = from.text;
    return node;
  }
  for (const name in was.props) if (!(name in from.props)) set(node, name, undefined);
  for (const name in from.props) {
    const value = from.props[name];
    // What a person can change is compared with what is there, not with what was drawn.
    if (name === "checked" ? node.checked !== value : value !== was.props[name]) set(node, name, value);
  }
  if (!from.props.own) children(node, from.kids, svg || from.tag === "svg");
  return node;
}

/** `made`: called with the element once it is there; `initial`: what it holds at first; `own`: somebody else draws its children. */
const ABOUT_DRAWING = new Set(["key", "made", "initial", "own"]);

function set(node, name, value) {
  if (ABOUT_DRAWING.has(name)) return;
  if (name.startsWith("on")) return listen(node, name.slice(2), value);
  if (name === "vars") {
    for (const variable in value ?? {}) node.style.setProperty(variable, value[variable]);
  } else if (name === "checked" || name === "open") {
    node[name] = Boolean(value);
  } else if (value === undefined || value === null || value === false) {
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, value === true ? "" : value);
  }
}

function listen(node, type, handler) {
  let own = handlers.get(node);
  if (!own) handlers.set(node, (own = {}));
  if (!(type in own)) node.addEventListener(type, dispatch);
  own[type] = handler;
}

function dispatch(event) {
  handlers.get(this)?.[event.type]?.(event);
}
