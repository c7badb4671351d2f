// What was answered and is not saved yet. The browser keeps it, of this evaluation alone, until the server has it: a
// reload, a lost network and somebody who was faster lose nothing.

const FIRST_RETRY_MS = 1000, LONGEST_RETRY_MS = 30000;

function placeOf({ role, sentence_ids, begin_ms }) {
  return sentence_ids.length ? `${role}/${sentence_ids.join("+")}` : `${role}@${begin_ms}`;
}

// What two answers are compared by: time spent and where a quote comes from don't make another answer.
function fingerprint({ answer = null, comment = "", evidence = [] } = {}) {
  const places = evidence.map((each) => placeOf(each)).sort();
  const options = answer && answer.options ? { options: [...answer.options].sort() } : answer;
  return JSON.stringify([options, comment.trim(), places]);
}

class Outbox {
  // `send(entry)` resolves to {status, body}, and is rejected where nothing was heard. `saved(id)` is the fingerprint of
  // what the server is known to have.
  constructor(key, { send, saved, onChange, onSaved, onNews, onRefused, onStopped }) {
    Object.assign(this, { send, saved, onChange, onSaved, onNews, onRefused, onStopped });
    this.entries = new Map();
    this.failures = 0;
    // each window keeps its own; what another one has left is taken over, and sent with its own request's id
    for (const entry of this.left(key)) this.entries.set(entry.id, entry);
    this.key = `${key}:${freshId()}`;
    this.keep();
    this.online = () => this.now();
    addEventListener("online", this.online);
  }

  get state() {
    if (this.stopped || this.failures) return "kept";
    const waiting = [...this.entries.values()];
    if (waiting.some((entry) => !entry.theirs)) return "saving";
    return waiting.length ? "conflict" : "saved";
  }

  // An answer that takes the place of one that is not saved yet remembers what that one was begun from.
  put(id, value) {
    const before = this.entries.get(id);
    const seconds = (value.seconds || 0) + (before && !before.tried.length ? before.value.seconds || 0 : 0);
    this.entries.set(id, {
      id,
      value: { ...value, seconds },
      request_id: freshId(),
      base: before ? before.base : this.saved(id),
      tried: before ? before.tried : [],
      theirs: before ? before.theirs : false,
    });
    this.keep();
    this.now();
  }

  // Decides a conflict: the reader's answer is sent after all, or given up.
  decide(id, keepsMine) {
    const entry = this.entries.get(id);
    if (!entry) return;
    if (keepsMine) Object.assign(entry, { theirs: false, base: this.saved(id), request_id: freshId(), tried: [] });
    else this.entries.delete(id);
    this.keep();
    this.now();
  }

  now() {
    clearTimeout(this.timer);
    this.pump();
    this.onChange();
  }

  resume() {
    this.stopped = false;
    this.now();
  }

  async pump() {
    if (this.busy || this.stopped || this.closed) return;
    const entry = [...this.entries.values()].find((each) => !each.theirs);
    if (!entry) return;
    this.busy = true;
    entry.tried.push(fingerprint(entry.value));
    this.keep();
    const answer = await this.send(entry).catch(() => null);
    this.busy = false;
    if (this.closed) return;
    if (!answer || answer.status === 429 || answer.status >= 500) return this.later();
    this.failures = 0;
    this.heard(entry, answer);
    this.keep();
    this.onChange();
    this.pump();
  }

  heard(entry, { status, body }) {
    const isNewest = this.entries.get(entry.id) === entry;
    if (status === 200) {
      if (isNewest) this.entries.delete(entry.id);
      else if (this.entries.has(entry.id)) {
        Object.assign(this.entries.get(entry.id), { base: fingerprint(entry.value), tried: [] });
      }
      this.onSaved(body);
    } else if (status === 409) {
      this.onNews(body);
      if (this.stopped) return;
      const waiting = this.entries.get(entry.id), saved = this.saved(entry.id);
      // one of the own answers may have arrived, though nothing was heard of it
      const isKnown = saved === waiting.base || waiting.tried.includes(saved);
      if (isKnown) Object.assign(waiting, { base: saved, request_id: freshId() });
      else waiting.theirs = true;
    } else if (status === 422 || status === 400 || status === 413) {
      if (isNewest) this.entries.delete(entry.id);
      this.onRefused(entry, body);
    } else if (!this.stopped) {
      this.stopped = true;
      this.onStopped(status, body);
    }
  }

  later() {
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    this.timer = setTimeout(() => this.pump(), wait * (0.75 + Math.random() / 2));
    this.onChange();
  }

  clear() {
    this.entries.clear();
    this.keep();
  }

  keep() {
    try {
      if (this.entries.size) localStorage.setItem(this.key, JSON.stringify([...this.entries.values()]));
      else localStorage.removeItem(this.key);
    } catch { /* a browser that keeps nothing: the page keeps it while it is open */ }
  }

  left(key) {
    try {
      const keys = Object.keys(localStorage).filter((each) => each.startsWith(`${key}:`));
      return keys.flatMap((each) => {
        const entries = JSON.parse(localStorage.getItem(each));
        localStorage.removeItem(each);
        return entries;
      });
    } catch {
      return [];
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.online);
  }
}
