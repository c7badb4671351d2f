// The findings in words, beside the transcript: what the markers show, to read, to choose from and to reach by keys.

const MOST_SHOWN = 200, SETTLED_MS = 120, SAME_PLACE_MS = 1500;

class Findings {
  constructor(root, call, board, labels, onMark) {
    Object.assign(this, { root, call, board, labels, onMark });
    this.list = root.querySelector(".marks");
    this.chips = root.querySelector(".kinds");
    this.buttons = new Map();
    this.shown = [];
    this.label();
  }

  get visible() {
    return this.call.sent.marks.filter((mark) => !this.board.hidden.has(mark.kind));
  }

  label() {
    const kinds = this.board.order([...new Set(this.call.sent.marks.map((mark) => mark.kind))]);
    this.chips.replaceChildren(...kinds.map((kind) => {
      const count = this.call.sent.marks.filter((mark) => mark.kind === kind).length;
      const chip = make("button", "chip", `${this.labels.kinds[kind] || kind} ${count}`);
      chip.style.setProperty("--kind", css(this.board.looks.kinds[kind] || "primary"));
      chip.setAttribute("aria-pressed", !this.board.hidden.has(kind));
      chip.addEventListener("click", () => this.toggle(kind, chip));
      return chip;
    }));
    this.buttons.clear();
    this.list.replaceChildren();
    this.show();
  }

  toggle(kind, chip) {
    const { hidden } = this.board;
    if (!hidden.delete(kind)) hidden.add(kind);
    chip.setAttribute("aria-pressed", !hidden.has(kind));
    this.board.lay();
    this.show();
  }

  // Those of the stretch that the board shows, once it has come to rest.
  follow() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.show(), SETTLED_MS);
  }

  show() {
    const { from, to } = this.board;
    const found = this.visible.filter((mark) => mark.end_ms >= from && mark.begin_ms <= to);
    const shown = found.slice(0, MOST_SHOWN), kept = new Set(shown);
    for (const [mark, item] of this.buttons) {
      if (kept.has(mark)) continue;
      item.remove();
      this.buttons.delete(mark);
    }
    shown.forEach((mark, place) => {
      const item = this.buttons.get(mark) || this.make(mark);
      if (this.list.children[place] !== item) this.list.insertBefore(item, this.list.children[place] || null);
    });
    const counts = { shown: shown.length, all: this.visible.length };
    const text = counts.shown === counts.all ? String(counts.all) : fill(this.labels.findings_shown, counts);
    this.root.querySelector(".count").textContent = this.call.sent.marks.length ? text : this.labels.no_findings;
    this.mark();
  }

  make(mark) {
    const item = make("div"), button = make("button", "finding");
    item.setAttribute("role", "listitem");
    button.style.setProperty("--kind", css(this.board.looks.kinds[mark.kind] || "primary"));
    button.append(make("span", "when", clock(mark.begin_ms)), make("span", "what", this.board.titleOf(mark)));
    button.addEventListener("click", () => this.onMark(mark));
    item.append(button);
    this.buttons.set(mark, item);
    return item;
  }

  mark() {
    for (const [mark, item] of this.buttons) {
      if (mark === this.board.chosen) item.firstChild.setAttribute("aria-current", "true");
      else item.firstChild.removeAttribute("aria-current");
    }
  }

  // The next finding (by = 1) or the one before, seen from a moment; undefined where there is none.
  step(by, ms) {
    const marks = this.visible, place = marks.indexOf(this.board.chosen);
    if (place >= 0 && Math.abs(marks[place].begin_ms - ms) < SAME_PLACE_MS) return marks[place + by];
    return by > 0 ? marks.find((mark) => mark.begin_ms > ms) : marks.findLast((mark) => mark.begin_ms < ms - SAME_PLACE_MS / 3);
  }
}
