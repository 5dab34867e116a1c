// Texts of strangers: names, paths, words of tools. Nothing in them can move, hide or reverse what stands beside them.

import { h } from "./dom.js";

// Control characters; marks that change the direction of writing; characters without any width; tags.
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

function sign(character) {
  // Few fonts have the pictures that Unicode has for these.
  return `[U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** One line in which everything can be seen. */
export function plain(text) {
  return String(text ?? "").replace(INVISIBLE, sign);
}

/** The same with ends of lines and tabs as they are. */
export function prose(text) {
  return String(text ?? "").replace(INVISIBLE, (character) =>
    character === "\n" || character === "\t" ? character : sign(character),
  );
}

/** Words of others in a line of ours. */
export function words(text, props) {
  const shown = plain(text);
  return h("bdi", { title: shown.length > 20 ? shown : undefined, ...props }, shown);
}

/** Sentences in which `commands` stand between backticks. */
export function sentences(text) {
  const parts = prose(text).split("`");
  if (parts.length % 2 === 0) return h("bdi", null, prose(text));
  return parts.map((part, at) => part && (at % 2 ? h("code", null, part) : h("bdi", null, part)));
}

const SIGNS = { good: "\u2713", busy: "\u21bb", warning: "\u25b2", bad: "\u2715", needs: "\u25c6" };

/** The sign of a tone, for who does not see colours; the words beside it say it, too. */
export function toneSign(tone) {
  return SIGNS[tone] && h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[tone]);
}

export function hasSign(tone) {
  return tone in SIGNS;
}

const whole = new Intl.NumberFormat("en");

export function number(value) {
  return whole.format(value);
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** A moment, to the second and in the reader's own time zone. */
export function moment(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? plain(at) : exact.format(date);
}
