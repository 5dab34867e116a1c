// What is asked of a person: a confirmation, a form, a question of a handler.

import { draw, h } from "./dom.js";
import { plain, prose, sentences, words } from "./text.js";

let count = 0;

/** Opens a dialog that `render` draws, above everything else; `closed` is called when it has gone, however. */
function open(render, { label, closed, className = "" }) {
  const element = document.createElement("dialog");
  count += 1;
  const id = `dialog-${count}`;
  element.setAttribute("aria-labelledby", id);
  element.className = className;
  element.dataset.kind = label;
  document.getElementById("dialogs").append(element);
  const dialog = { element, id, redraw: () => draw(element, render(dialog)), close: () => element.close() };
  element.addEventListener("close", () => {
    element.remove();
    closed?.();
  });
  dialog.redraw();
  element.showModal();
  return dialog;
}

/** Whether any is open. */
export function isAnyOpen() {
  return document.querySelector("dialog[open]") !== null;
}

const button = (label, props) => h("button", { type: "button", ...props }, words(label, { title: undefined }));

/** Asks whether something shall be done; gives true only if so. */
export function confirm({ label, confirm: { text, yes } }) {
  return new Promise((resolve) => {
    let said = false;
    const dialog = open(({ id }) => [
      h("h2", { id }, words(label)),
      h("p", { class: "prose" }, sentences(text)),
      h("div", { class: "actions" },
        button(yes, { class: "primary", "data-answer": "yes", onclick: () => { said = true; dialog.close(); } }),
        button("Cancel", { "data-answer": "no", autofocus: true, onclick: () => dialog.close() })),
    ], { label: "confirmation", closed: () => resolve(said) });
  });
}

/** What a field of a form holds at first. */
function first({ kind, value }) {
  if (kind === "toggle") return value === "true";
  if (kind.several) return value === "" ? [] : value.split(",").map((one) => one.trim());
  return value;
}

/** What is sent of what a field holds: of a list, the lines that have something. */
function sent({ kind }, value) {
  return kind === "list" ? value.split(/\r?\n/).filter((line) => line.trim() !== "") : value;
}

/** Puts the values of fields into a request. */
export function filled(form, values) {
  const request = structuredClone(form.request);
  for (const field of form.fields) {
    const value = sent(field, values[field.name]);
    const is_empty = value === "" || (Array.isArray(value) && value.length === 0);
    // What was there and was taken away is said; what never was is not.
    if (is_empty && !field.required && !field.value) continue;
    const path = field.name.split(".");
    const last = path.pop();
    let inside = request;
    for (const member of path) inside = inside[member] ??= {};
    inside[last] = value;
  }
  return request;
}

/** Lets a person fill in a form. `submit` sends the request, and throws what went wrong. */
export function fill(form, { submit, blocks }) {
  const values = Object.fromEntries(form.fields.map((field) => [field.name, first(field)]));
  let failure = null;
  let busy = false;
  const set = (name, value) => {
    values[name] = value;
  };
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    failure = null;
    dialog.redraw();
    try {
      await submit(filled(form, values));
      dialog.close();
    } catch (error) {
      failure = error;
    }
    busy = false;
    if (!dialog.element.open) return;
    dialog.redraw();
  };
  const dialog = open(({ id }) => h("form", { onsubmit: send, autocomplete: "off" },
    h("h2", { id }, words(form.title)),
    form.text && h("p", { class: "prose muted" }, sentences(form.text)),
    form.fields.filter(({ more }) => !more).map((one) => field(one, values, set, id)),
    form.fields.some(({ more }) => more) && h("details", { class: "more" }, h("summary", null, "More"),
      form.fields.filter(({ more }) => more).map((one) => field(one, values, set, id))),
    // In sight wherever somebody is in a long form.
    h("div", { key: "foot", class: "foot" },
      h("div", { key: "failed", role: "alert" }, failure && blocks.failure(failure)),
      h("div", { class: "actions" },
        h("button", { type: "submit", class: "primary", "aria-disabled": busy ? "true" : undefined }, words(form.submit)),
        button("Cancel", { onclick: () => dialog.close() })))), { label: "form" });
}

function field(field, values, set, dialog) {
  const { name, label, kind, hint, required } = field;
  const id = `${dialog}-${name}`;
  const about = hint ? `${id}-hint` : undefined;
  const title = [words(label, { title: undefined }), required && h("span", { class: "muted" }, " (required)")];
  const help = hint && h("p", { id: about, class: "muted hint" }, sentences(hint));
  const text = { id, name, required, initial: values[name], "aria-describedby": about, oninput: ({ target }) => set(name, target.value) };
  const boxes = (options, type, is_on, change) => h("fieldset", { key: name, "aria-describedby": about }, h("legend", null, title),
    options.map((option) => h("label", { key: option.value, class: "option" },
      h("input", { type, name: id, value: option.value, required: type === "radio" && required, made: (input) => { input.checked = is_on(option.value); },
        onchange: ({ target }) => change(option.value, target.checked) }),
      words(option.label))), help);
  if (kind === "toggle") {
    return h("div", { key: name, class: "field" }, h("label", { class: "option" },
      h("input", { id, name, type: "checkbox", "aria-describedby": about, made: (input) => { input.checked = values[name]; },
        onchange: ({ target }) => set(name, target.checked) }), h("span", null, title)), help);
  }
  if (kind.several) {
    return boxes(kind.several, "checkbox", (value) => values[name].includes(value), (value, on) => {
      set(name, kind.several.map((option) => option.value).filter((one) => (one === value ? on : values[name].includes(one))));
    });
  }
  const is_offered = kind.one?.some((option) => option.value === values[name]);
  if (is_offered && kind.one.length <= 4) {
    return boxes(kind.one, "radio", (value) => values[name] === value, (value) => set(name, value));
  }
  const label_of = h("label", { for: id }, title);
  if (kind.one) {
    return h("div", { key: name, class: "field" }, label_of,
      h("select", { ...text, oninput: undefined, onchange: ({ target }) => set(name, target.value) },
        !is_offered && h("option", { value: "" }, "\u2013"),
        kind.one.map((option) => h("option", { key: option.value, value: option.value }, plain(option.label)))), help);
  }
  if (kind === "lines" || kind === "list") {
    const rows = Math.max(kind === "list" ? 3 : 4, Math.min(20, values[name].split("\n").length + 1));
    return h("div", { key: name, class: "field" }, label_of, h("textarea", { ...text, rows, spellcheck: "false" }), help);
  }
  const path = kind === "path" ? { spellcheck: "false", autocapitalize: "off", class: "path" } : {};
  const type = kind === "secret" ? "password" : "text";
  return h("div", { key: name, class: "field" }, label_of, h("input", { type, ...text, ...path }), help);
}

/** Shows a handler's question. `answer` sends what was said; "Later" puts it aside. */
export function question(question, { answer, aside, blocks }) {
  const { kind, text, detail, choices = [], from } = question;
  let value = question.default ?? "";
  let failure = null;
  let said = false;
  const say = async (what) => {
    try {
      await answer(what);
      said = true;
      dialog.close();
    } catch (error) {
      failure = error;
      dialog.redraw();
    }
  };
  const input = (id) => kind !== "choice" && h("div", { class: "field" },
    h("label", { for: `${id}-answer`, class: "unseen" }, "Your answer"),
    h("input", { id: `${id}-answer`, type: kind === "password" ? "password" : "text", initial: value, autofocus: true, autocomplete: "off",
      spellcheck: "false", oninput: ({ target }) => { value = target.value; } }));
  const answers = kind === "choice"
    ? choices.map((choice) => button(choice.label, { key: choice.id, "data-answer": choice.id,
      class: choice.id === question.default ? "primary" : "", autofocus: choice.id === question.default, onclick: () => say(choice.id) }))
    : h("button", { key: "send", type: "submit", class: "primary" }, "Answer");
  const dialog = open(({ id }) => h("form", { autocomplete: "off", onsubmit: (event) => { event.preventDefault(); if (kind !== "choice") say(value); } },
    h("p", { class: "muted" }, words(from), " asks"),
    h("h2", { id }, words(text)),
    detail && h("p", { class: "prose detail-text" }, h("bdi", null, prose(detail))),
    input(id),
    h("div", { key: "failed", role: "alert" }, failure && blocks.failure(failure)),
    h("div", { class: "actions" }, answers,
      button("No answer", { class: "quiet", "data-answer": "none", onclick: () => say(null) }),
      button("Later", { class: "quiet", "data-answer": "later", onclick: () => dialog.close() }))),
  { label: "question", className: "question", closed: () => aside(said) });
  return dialog;
}

/** Shows which keys there are. */
export function keys(groups, { on, toggle }) {
  const dialog = open(({ id }) => [
    h("h2", { id }, "Keys"),
    h("div", { class: "keys" }, groups.filter(([, list]) => list.length > 0).map(([name, list]) =>
      h("section", { key: name }, h("h3", null, name), h("dl", null, list.map(([key, what], at) =>
        h("div", { key: `${key} ${at}` }, h("dt", null, h("kbd", null, plain(key))), h("dd", null, words(what)))))))),
    h("label", { class: "option" }, h("input", { type: "checkbox", made: (input) => { input.checked = on; }, onchange: ({ target }) => toggle(target.checked) }),
      h("span", null, "Letters and digits are keys")),
    h("div", { class: "actions" }, button("Close", { class: "primary", autofocus: true, onclick: () => dialog.close() })),
  ], { label: "keys" });
}
