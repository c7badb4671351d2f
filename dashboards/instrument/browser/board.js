// The picture of the call: outline, speakers with their emotions, findings, axis. One canvas, redrawn when what it shows
// changes; the cursor is an element of its own and moves alone.

const AXIS = 18, WAVE = 42, WAVE_SMALL = 26, LANE = 19, BAR = 10, KIND = 14, GAP = 3, LEAST_MS = 500, CLICK_PX = 5;
const STEPS_MS = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5];

class Board {
  constructor(root, call, looks, labels, { onSeek, onMark }) {
    Object.assign(this, { root, call, looks, labels, onSeek, onMark });
    this.drawing = root.querySelector(".drawing");
    this.canvas = root.querySelector("canvas");
    this.names = root.querySelector(".names");
    this.cursor = root.querySelector(".cursor");
    this.tip = root.querySelector(".tip");
    this.rail = root.querySelector(".rail");
    this.from = 0;
    this.to = call.length;
    this.at = 0;
    this.small = false;
    this.ticks = [];
    this.hidden = new Set();
    this.outline = new Outline(call.sent.outline, call.ask, () => this.draw());
    this.pointers = new Map();
    this.listen();
    this.lay();
  }

  // What lies below each other, with its place: recomputed when lanes come or go.
  lay() {
    const rows = [];
    const waves = this.call.sent.channels.filter((channel) => this.outline.overview.has(channel.id));
    for (const channel of waves) {
      rows.push({ what: "wave", channel, role: channel.role, height: this.small ? WAVE_SMALL : WAVE });
    }
    if (!this.small || !waves.length) {
      if (this.call.timed) {
        for (const role of this.call.sent.roles) rows.push({ what: "lane", role, height: LANE });
      }
    }
    if (!this.small) {
      const kinds = [...new Set(this.call.sent.marks.map((mark) => mark.kind))].filter((kind) => !this.hidden.has(kind));
      for (const kind of this.order(kinds)) rows.push({ what: "kind", kind, height: KIND });
    }
    let top = AXIS;
    for (const row of rows) {
      row.top = top;
      top += row.height + GAP;
    }
    this.rows = rows;
    this.height = top;
    this.name();
    this.draw();
  }

  order(kinds) {
    const known = Object.keys(this.labels.kinds);
    return kinds.sort((one, other) => known.indexOf(one) - known.indexOf(other));
  }

  name() {
    this.names.replaceChildren(...this.rows.map((row) => {
      const name = make("span", row.what, this.nameOf(row));
      name.style.top = `${row.top}px`;
      name.style.height = `${row.height}px`;
      name.title = name.textContent;
      return name;
    }));
    this.names.style.height = `${this.height}px`;
  }

  nameOf(row) {
    if (row.what === "kind") return this.labels.kinds[row.kind] || row.kind;
    return row.what === "wave" ? this.call.nameOf(row.channel, this.looks.roles) : this.looks.roles[this.call.shown(row.role)].label;
  }

  get width() {
    return this.drawing.clientWidth;
  }

  x(ms) {
    return ((ms - this.from) / (this.to - this.from)) * this.width;
  }

  ms(x) {
    return Math.max(0, Math.min(this.call.length, this.from + (x / this.width) * (this.to - this.from)));
  }

  get isWhole() {
    return this.from <= 0 && this.to >= this.call.length;
  }

  // Shows a stretch; it is kept inside the call and no shorter than half a second.
  show(from, to) {
    const span = Math.min(this.call.length, Math.max(LEAST_MS, to - from));
    this.from = Math.max(0, Math.min(this.call.length - span, from));
    this.to = this.from + span;
    this.draw();
  }

  // Zooms by a factor; what is at `ms` stays where it is.
  zoom(factor, ms = this.at >= this.from && this.at <= this.to ? this.at : (this.from + this.to) / 2) {
    this.show(ms - (ms - this.from) * factor, ms + (this.to - ms) * factor);
  }

  pan(px) {
    const by = (px / this.width) * (this.to - this.from);
    this.show(this.from + by, this.to + by);
  }

  // Moves the stretch on when the moment has left it.
  reveal(ms) {
    if (ms >= this.from && ms <= this.to) return;
    const span = this.to - this.from;
    this.show(ms - span * 0.1, ms + span * 0.9);
  }

  move(ms) {
    this.at = ms;
    const x = this.x(ms);
    this.cursor.style.transform = `translateX(${x}px)`;
    this.cursor.hidden = x < -1 || x > this.width + 1;
    this.drawing.setAttribute("aria-valuenow", Math.round(ms / 1000));
    this.drawing.setAttribute("aria-valuetext", fill(this.labels.at_of, { at: clock(ms), length: clock(this.call.length) }));
  }

  draw() {
    if (this.awaited) return;
    this.awaited = requestAnimationFrame(() => {
      this.awaited = 0;
      paint(this);
      this.move(this.at);
      this.railed();
    });
  }

  railed() {
    this.rail.hidden = this.isWhole;
    const window = this.rail.firstElementChild;
    window.style.left = `${(this.from / this.call.length) * 100}%`;
    window.style.width = `max(8px, ${((this.to - this.from) / this.call.length) * 100}%)`;
  }

  // What lies under a point: a finding, or a sentence of a lane.
  under(x, y) {
    const row = this.rows.find((each) => y >= each.top - 1 && y < each.top + each.height + 2);
    if (!row) return {};
    const ms = this.ms(x), reach = ((this.to - this.from) / this.width) * 4;
    if (row.what === "kind") {
      const near = this.call.sent.marks.filter((mark) =>
        mark.kind === row.kind && mark.begin_ms - reach <= ms && Math.max(mark.end_ms, mark.begin_ms + reach) + reach >= ms);
      return { mark: near.sort((one, other) => one.end_ms - one.begin_ms - (other.end_ms - other.begin_ms))[0] };
    }
    if (row.what === "lane") {
      return { sentence: this.call.spokenAt(ms).find((number) => this.call.sentences[number].role === row.role) };
    }
    return {};
  }

  listen() {
    const surface = this.drawing;
    const place = (event) => {
      const box = surface.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    surface.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      surface.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, { x: event.clientX, from: event.clientX });
      this.moved = this.pointers.size > 1;
    });
    surface.addEventListener("pointermove", (event) => {
      const held = this.pointers.get(event.pointerId);
      if (!held) return this.hover(...place(event));
      if (this.pointers.size === 2) this.pinch(event, held);
      else if (this.moved || Math.abs(event.clientX - held.from) > CLICK_PX) {
        this.moved = true;
        this.pan(held.x - event.clientX);
      }
      held.x = event.clientX;
    });
    const let_go = (event) => {
      const clicked = this.pointers.delete(event.pointerId) && !this.moved && event.type === "pointerup";
      if (clicked) this.click(...place(event));
    };
    surface.addEventListener("pointerup", let_go);
    surface.addEventListener("pointercancel", let_go);
    surface.addEventListener("pointerleave", () => (this.tip.hidden = true));
    surface.addEventListener("wheel", (event) => {
      const [x] = place(event);
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        if (this.isWhole) return;
        event.preventDefault();
        this.pan(event.deltaX || event.deltaY);
        return;
      }
      // nothing is left to zoom out: the page may scroll on
      if (this.isWhole && event.deltaY > 0 && !event.ctrlKey) return;
      event.preventDefault();
      this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * (event.ctrlKey ? 0.02 : 0.004)), this.ms(x));
    }, { passive: false });
    this.rail.addEventListener("pointerdown", (event) => {
      const go = (moved) => {
        const box = this.rail.getBoundingClientRect(), span = this.to - this.from;
        const middle = ((moved.clientX - box.left) / box.width) * this.call.length;
        this.show(middle - span / 2, middle + span / 2);
      };
      this.rail.setPointerCapture(event.pointerId);
      go(event);
      this.rail.onpointermove = go;
      this.rail.onpointerup = this.rail.onpointercancel = () => (this.rail.onpointermove = null);
    });
  }

  pinch(event, held) {
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
    const before = Math.max(10, Math.abs(held.x - other.x)), after = Math.max(10, Math.abs(event.clientX - other.x));
    const box = this.drawing.getBoundingClientRect();
    this.zoom(before / after, this.ms((event.clientX + other.x) / 2 - box.left));
    this.pan((held.x - event.clientX) / 2);
  }

  click(x, y) {
    const { mark, sentence } = this.under(x, y);
    if (mark) this.onMark(mark);
    else this.onSeek(sentence === undefined ? this.ms(x) : Math.max(this.call.sentences[sentence].begin, this.ms(x)));
  }

  hover(x, y) {
    const { mark, sentence } = this.under(x, y);
    const said = sentence === undefined ? "" : this.call.sentences[sentence].text;
    const what = mark ? `${clock(mark.begin_ms, true)} ${this.titleOf(mark)}` : `${clock(this.ms(x), true)} ${said}`;
    this.tip.textContent = what.length > 200 ? `${what.slice(0, 200)} …` : what;
    this.tip.hidden = false;
    this.tip.style.transform = `translate(${Math.min(x + 12, Math.max(0, this.width - this.tip.offsetWidth))}px, ${y + 16}px)`;
  }

  // A finding in words: its kind, whose it is, what more is said of it, how long it lasts.
  titleOf(mark) {
    const role = mark.role && this.looks.roles[this.call.shown(mark.role)];
    const label = this.labels.defects[mark.label] || this.labels.masked_kinds[mark.label] || mark.label;
    const length = mark.end_ms - mark.begin_ms;
    const severity = this.labels.severities[mark.severity];
    const lasts = mark.kind === "defect" || length < 100 ? "" : fill(this.labels.seconds, { n: (length / 1000).toFixed(1) });
    return [this.labels.kinds[mark.kind] || mark.kind, role && role.label, label, severity, lasts].filter(Boolean).join(" · ");
  }
}
