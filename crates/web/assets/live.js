// Hears that something happened, and whether the manager is there at all.
//
// Browsers open six connections to a server and no more, over all windows. So one window listens for all of them: the one that
// holds the lock; when it closes, the next one gets it.

const AGAIN = 1000;

/** Tells `heard()` about news, and `isNow("live" | "lost" | "closed")` about the connection. */
export function listen({ heard, isNow }) {
  const channel = new BroadcastChannel("syncmgr");
  let state = "live";
  let probing = null;
  let source = null;
  let leads = false;

  const become = (now) => {
    if (state === now) return;
    state = now;
    isNow(now);
    if (now === "live") heard();
  };

  const news = () => {
    channel.postMessage("news");
    heard();
  };

  const open = () => {
    if (!leads || source) return;
    source = new EventSource("/v1/events");
    source.onopen = () => {
      become("live");
      // Between two connections something may have been missed.
      news();
    };
    source.onmessage = news;
    source.addEventListener("gap", news);
    source.onerror = () => {
      source.close();
      source = null;
      channel.postMessage("lost");
      lost();
    };
  };

  const probe = async () => {
    probing = null;
    let now = "lost";
    try {
      const response = await fetch("/health", { cache: "no-store" });
      if (response.ok) now = "live";
      else if (response.status === 401) now = "closed";
    } catch {
      // Nobody is there yet.
    }
    become(now);
    if (now === "live") open();
    else again();
  };

  const again = () => {
    probing ??= setTimeout(probe, AGAIN);
  };

  const lost = () => {
    if (state === "live") become("lost");
    again();
  };

  channel.onmessage = ({ data }) => (data === "lost" ? lost() : heard());
  addEventListener("online", () => probe());

  const lead = () => {
    leads = true;
    open();
    // Held for as long as this window lives.
    return new Promise(() => {});
  };
  if (navigator.locks) navigator.locks.request("syncmgr-events", lead);
  else lead();

  return { lost };
}
