// Puts the parts together. Streamlit calls the export below whenever the page has run; the instrument stays what it is.

const STEP_MS = 5000, LOOK_MS = 600000, NOTED_MS = 400;
const SHAPE = "qa-instrument-shape", NARROW = "(max-width: 900px)";

class Instrument {
  constructor(root, data, renew) {
    Object.assign(this, { root, data, renew, waiting: [] });
    this.labels = structuredClone(data.labels);
    this.find = (selector) => root.querySelector(selector);
    this.label();
    this.open().catch(() => this.say(".empty", this.labels.not_loaded));
  }

  // Fetches from beside the page; an address that has expired is asked for anew once.
  async ask(path, again = true) {
    const answer = await fetch(`${this.data.link}/${path}`);
    if (answer.ok) return answer;
    if (!again) throw new Error(`${answer.status}`);
    await new Promise((resolve) => {
      this.waiting.push(resolve);
      this.renew();
    });
    return this.ask(path, false);
  }

  async open() {
    const sent = await (await this.ask("call")).json();
    if (this.closed) return;
    const { root, data, labels } = this;
    this.looks = data.looks;
    this.call = new Call(sent, (path) => this.ask(path));
    this.finder = new Finder(this.call);
    this.sound = new Sound(this.find("audio"), sent.channels, {
      onChange: () => this.sounding(),
      onTime: () => this.tick(),
      onFailure: () => this.silent(),
    });
    this.board = new Board(root, this.call, this.looks, labels, {
      onSeek: (ms) => this.seek(ms),
      onMark: (mark) => this.choose(mark, true),
    });
    this.findings = new Findings(root, this.call, this.board, labels, (mark) => this.choose(mark, true));
    const draw = this.board.draw.bind(this.board);
    this.board.draw = () => { draw(); this.findings.follow(); };
    const query = new URLSearchParams(location.search);
    const turns = sent.turns.length > 0 && query.get("view") === "Turns";
    root.dataset.shape = this.remembered() || "one";
    if (data.is_beside || matchMedia(NARROW).matches) this.find(".findings").open = false;
    this.transcript = new Transcript(root, this.call, this.looks, labels, this.finder, {
      onSeek: (ms, plays) => this.seek(ms, plays),
      onFollow: (follows) => this.find(".follow").setAttribute("aria-pressed", follows),
    });
    this.search = new SearchBar(root, this, (path) => this.ask(path));
    this.unmask = new Unmask(this);
    this.wire();
    this.setUnit(turns ? "turns" : "sentences");
    this.label();
    if (data.sound) this.sound.take(data.sound, 0, false);
    this.say(".silent", data.silence);
    this.say(".legend", this.call.sentences.some((item) => item.sure !== null) ? labels.unsure : "");
    const { sentences } = this.call;
    this.say(".empty", sentences.length || !data.looks.transcribed ? "" : labels.no_words);
    this.find(".list").hidden = !sentences.length;
    this.find(".findings").hidden = !sent.marks.length;
    this.find(".board").hidden = !sent.duration_ms;
    if (data.at_s !== null) this.arrive(data.at_s * 1000);
    if (data.asked) await this.search.carry(data.asked, data.at_s);
    this.sounding();
    this.beside = new Beside(this);
    root.dataset.ready = "true";
  }

  // Opens at a moment: the board shows it closely where the call is long.
  arrive(ms) {
    const at = Math.min(ms, this.call.length);
    this.sound.seek(at);
    if (this.call.length > LOOK_MS) this.board.show(at - LOOK_MS / 5, at + (LOOK_MS * 4) / 5);
    this.tick();
    this.transcript.reveal(this.call.begunBy(at), true);
    this.transcript.holdInWindow(this.call.begunBy(at));
  }

  // Streamlit has run the page again: words may be in another language, addresses are new.
  update(data) {
    this.data = { ...data, at_s: this.data.at_s };
    this.waiting.splice(0).forEach((resolve) => resolve());
    if (this.lost && data.sound && data.sound !== this.sound.audio.getAttribute("src")) {
      this.sound.take(data.sound, this.lost.at, this.lost.played);
      this.unmask.lost();
    }
    if (JSON.stringify(data.labels) === JSON.stringify(this.labels) && JSON.stringify(data.looks) === JSON.stringify(this.looks)) return;
    Object.assign(this.labels, structuredClone(data.labels));
    if (!this.call) return this.label();
    Object.assign(this.looks, data.looks);
    this.redo();
  }

  redo() {
    this.label();
    this.board.lay();
    this.findings.label();
    this.unmask.label();
    this.transcript.refresh();
    this.tick();
  }

  label() {
    const { labels } = this;
    for (const each of this.root.querySelectorAll("[data-text]")) each.textContent = labels[each.dataset.text];
    for (const each of this.root.querySelectorAll("[data-aria]")) {
      each.setAttribute("aria-label", labels[each.dataset.aria]);
      if (each.tagName === "BUTTON") each.title = labels[each.dataset.aria];
    }
    this.find(".find input").placeholder = labels.find;
    this.root.setAttribute("aria-label", labels.instrument);
    this.root.dataset.beside = this.data.is_beside;
    this.find(".help dl").replaceChildren(...labels.help.flatMap(([key, does]) => [make("dt", "", key), make("dd", "", does)]));
    if (!this.call) return;
    const { channels } = this.call.sent;
    this.find(".length").textContent = clock(this.call.length);
    this.find(".drawing").setAttribute("aria-valuemax", Math.round(this.call.length / 1000));
    this.find(".rate select").replaceChildren(...RATES.map((rate) => new Option(`${rate} ×`, rate)));
    this.find(".rate select").value = this.sound.rate;
    this.find(".swap").hidden = !this.call.hasTwoParties;
    this.find(".shape").hidden = this.find(".find").hidden = this.find(".follow").hidden = !this.call.sentences.length;
    this.find(".unit").hidden = !this.call.sent.turns.length;
    this.find(".drawn").textContent = drawn(this.call, labels);
    this.find(".parties").hidden = channels.length < 2;
    this.find(".parties").replaceChildren(...channels.map((channel) => {
      const button = make("button", "party", this.call.nameOf(channel, this.looks.roles));
      button.setAttribute("aria-pressed", !this.sound.muted.has(channel.id));
      button.setAttribute("aria-label", fill(labels.hear, { party: button.textContent }));
      button.addEventListener("click", () => {
        this.sound.mute(channel.id, !this.sound.muted.has(channel.id));
        button.setAttribute("aria-pressed", !this.sound.muted.has(channel.id));
      });
      return button;
    }));
  }

  say(selector, text) {
    const element = this.find(selector);
    element.textContent = text || "";
    element.hidden = !text;
  }

  wire() {
    const on = (selector, act) => this.find(selector).addEventListener("click", act);
    on(".play", () => this.toggle());
    on(".back", () => this.seek(this.sound.at - STEP_MS));
    on(".forth", () => this.seek(this.sound.at + STEP_MS));
    on(".zoom .in", () => this.board.zoom(0.5));
    on(".zoom .out", () => this.board.zoom(2));
    on(".zoom .whole", () => this.board.show(0, this.call.length));
    on(".copy", () => this.copy());
    on(".ask", () => this.find(".help").showModal());
    on(".help .close", () => this.find(".help").close());
    on(".swap", () => {
      this.call.swapped = !this.call.swapped;
      this.find(".swap").setAttribute("aria-pressed", this.call.swapped);
      this.redo();
    });
    on(".follow", () => this.transcript.setFollow(!this.transcript.follows));
    this.find(".rate select").addEventListener("change", (event) => (this.sound.rate = Number(event.target.value)));
    for (const button of this.root.querySelectorAll("[data-shape]")) {
      if (button.tagName === "BUTTON") button.addEventListener("click", () => this.setShape(button.dataset.shape));
    }
    for (const button of this.root.querySelectorAll("[data-unit]")) {
      button.addEventListener("click", () => this.setUnit(button.dataset.unit, true));
    }
    this.setShape(this.root.dataset.shape);
    this.keys = new Keys(this.root, {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(this.sound.at - STEP_MS),
      ArrowRight: () => this.seek(this.sound.at + STEP_MS),
      Home: () => this.seek(0),
      End: () => this.seek(this.call.length),
      j: () => this.choose(this.findings.step(1, this.sound.at)),
      k: () => this.choose(this.findings.step(-1, this.sound.at)),
      ",": () => this.faster(-1),
      ".": () => this.faster(1),
      "+": () => this.board.zoom(0.5),
      "=": () => this.board.zoom(0.5),
      "-": () => this.board.zoom(2),
      "0": () => this.board.show(0, this.call.length),
      f: () => this.transcript.setFollow(true),
      "/": () => this.search.focus(),
      "?": () => this.find(".help").showModal(),
    });
    this.dock = new Dock(this.root, this.board);
    this.sizes = new ResizeObserver(() => { this.board.draw(); this.dock.place(); });
    this.sizes.observe(this.find(".drawing"));
    // the theme can change under a picture: one of its colours is watched
    this.find(".place").addEventListener("transitionend", () => this.board.draw());
  }

  setShape(shape) {
    this.root.dataset.shape = shape;
    try { localStorage.setItem(SHAPE, shape); } catch { /* a browser that keeps nothing */ }
    for (const button of this.root.querySelectorAll("button[data-shape]")) {
      button.setAttribute("aria-pressed", button.dataset.shape === shape);
    }
    this.transcript.relay();
  }

  remembered() {
    try { return localStorage.getItem(SHAPE); } catch { return null; }
  }

  setUnit(unit, chosen = false) {
    for (const button of this.root.querySelectorAll("[data-unit]")) {
      button.setAttribute("aria-pressed", button.dataset.unit === unit);
    }
    this.transcript.setUnit(unit);
    this.transcript.reveal(this.call.begunBy(this.sound.at), true);
    if (chosen) this.note({ view: unit === "turns" ? "Turns" : null });
  }

  toggle() {
    if (this.sound.playing) this.sound.pause(); else this.sound.play();
  }

  seek(ms, plays = false) {
    const at = Math.max(0, Math.min(this.call.length, ms));
    this.board.chosen = undefined;
    this.sound.seek(at);
    this.board.reveal(at);
    if (plays) {
      this.transcript.setFollow(true);
      this.sound.play();
    }
    this.tick();
    clearTimeout(this.noting);
    this.noting = setTimeout(() => this.note({ t: String(Math.round(at) / 1000) }), NOTED_MS);
  }

  choose(mark, plays = false) {
    if (!mark) return;
    this.seek(mark.begin_ms, plays);
    this.transcript.setFollow(true);
    this.transcript.reveal(this.call.begunBy(mark.begin_ms));
    this.board.chosen = mark;
    this.board.draw();
    this.findings.mark();
  }

  faster(by) {
    const place = RATES.indexOf(this.sound.rate) + by;
    this.sound.rate = RATES[Math.max(0, Math.min(RATES.length - 1, place))];
    this.find(".said").textContent = `${this.sound.rate} ×`;
  }

  // The address follows, so that a reload or a bookmark comes back to the moment; the way back stays one step.
  note(values) {
    if (this.closed) return;
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) url.searchParams.delete(name); else url.searchParams.set(name, value);
    }
    history.replaceState(history.state, "", url);
  }

  async copy() {
    const url = new URL(location.href);
    url.search = new URLSearchParams({ call: this.data.call_id, t: String(Math.round(this.sound.at) / 1000) });
    let copied = true;
    try {
      await navigator.clipboard.writeText(url.href);
    } catch {
      // without https a browser has no clipboard; the old way needs a field in the document
      const field = document.body.appendChild(make("textarea"));
      field.value = url.href;
      field.select();
      copied = document.execCommand("copy");
      field.remove();
    }
    const said = fill(copied ? this.labels.copied : this.labels.not_copied, { at: clock(this.sound.at, true), link: url.href });
    this.find(".said").textContent = said;
  }

  // Play, pause, speed or length have changed.
  sounding() {
    const play = this.find(".play"), { playing, has } = this.sound;
    play.setAttribute("aria-label", playing ? this.labels.pause : this.labels.play);
    play.title = play.getAttribute("aria-label");
    play.disabled = !has;
    this.root.dataset.playing = playing;
    this.find(".rate select").value = this.sound.rate;
    this.measure();
    if (playing) this.lost = null;
    if (playing && !this.frame) this.frame = requestAnimationFrame(() => this.run());
    this.tick();
  }

  // Nobody measured the length of a recording that was set aside: the sound itself knows it.
  measure() {
    const { duration } = this.sound.audio;
    if (this.call.sent.duration_ms || !this.board || !Number.isFinite(duration)) return;
    this.call.sent.duration_ms = Math.round(duration * 1000);
    this.call.length = Math.max(1, this.call.sent.duration_ms);
    this.find(".board").hidden = false;
    this.label();
    this.board.show(0, this.call.length);
  }

  run() {
    this.frame = this.sound.playing ? requestAnimationFrame(() => this.run()) : 0;
    this.tick();
  }

  tick() {
    if (!this.transcript) return;
    const at = this.sound.at;
    if (this.transcript.follows && this.sound.playing) this.board.reveal(at);
    this.board.move(at);
    this.find(".at").textContent = clock(at, true);
    this.transcript.light(at);
  }

  // The sound broke off. Its address may have expired: then the page is asked for a new one, once. The server says in a
  // sentence what else is in the way.
  async silent() {
    const lost = { at: this.board.at, played: this.root.dataset.playing === "true" };
    const answer = await fetch(this.sound.audio.src, { headers: { Range: "bytes=0-0" } }).catch(() => null);
    if (answer && answer.status === 403 && !this.lost) {
      this.lost = lost;
      return this.renew();
    }
    const said = answer && !answer.ok && (answer.headers.get("content-type") || "").startsWith("text/plain");
    this.say(".silent", said ? await answer.text() : this.labels.no_sound);
    this.sound.drop();
    this.sounding();
  }

  close() {
    this.closed = true;
    this.sizes?.disconnect();
    for (const each of [this.beside, this.dock, this.keys, this.sound, this.transcript]) each?.close();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.noting);
  }
}

const instruments = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let held = instruments.get(parentElement);
  const section = parentElement.querySelector(".instrument");
  if (held && held.instrument.data.call_id !== data.call_id) {
    held.instrument.close();
    const fresh = held.blank.cloneNode(true);
    section.replaceWith(fresh);
    held = { blank: held.blank, instrument: new Instrument(fresh, data, () => setTriggerValue("renew", Date.now())) };
  } else if (held) {
    held.instrument.update(data);
  } else {
    const blank = section.cloneNode(true);
    held = { blank, instrument: new Instrument(section, data, () => setTriggerValue("renew", Date.now())) };
  }
  instruments.set(parentElement, held);
  return () => {
    instruments.get(parentElement)?.instrument.close();
    instruments.delete(parentElement);
  };
}
