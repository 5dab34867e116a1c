// Where the page is, as the address says it: `#/plan/ID?filter=deletions`.

/** The address of a place, and of what of it is looked at. */
export function hash({ screen, subject, part }, { filter, search } = {}) {
  const about = subject ? `/${encodeURIComponent(subject)}` : "";
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ part, filter, search })) if (value) query.set(name, value);
  const more = query.size ? `?${query}` : "";
  return `#/${screen}${about}${more}`;
}

/** What an address says; nothing if it says nothing. */
export function parse(hash) {
  const found = /^#\/([a-z_]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(hash);
  if (!found) return null;
  let subject;
  try {
    subject = found[2] ? decodeURIComponent(found[2]) : undefined;
  } catch {
    return null;
  }
  const query = new URLSearchParams(found[3] ?? "");
  const said = (name) => query.get(name) || undefined;
  return { place: { screen: found[1], subject, part: said("part") }, filter: said("filter"), search: said("search") };
}
