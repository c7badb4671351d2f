// The transcript as a virtual list: of ten thousands of rows only those in sight are there.

const MARGIN_PX = 600, LINE_PX = 24, FRAME_PX = 46, GROWING_MS = 2500, HOLD_MS = 100;

class Transcript {
  constructor(root, call, looks, labels, finder, { onSeek, onFollow }) {
    Object.assign(this, { root, call, looks, labels, finder, onSeek, onFollow });
    this.list = root.querySelector(".list");
    this.inner = root.querySelector(".rows");
    this.shown = new Map();
    this.lit = [];
    this.expected = 0;
    this.follows = true;
    this.current = "";
    this.picks = false;
    this.evidence = new Set();
    call.onWords = (first, last) => this.wordsCame(first, last);
    this.list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.inner.addEventListener("click", (event) => this.clicked(event));
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(this.list);
    this.setUnit("sentences");
  }

  setUnit(unit) {
    this.rows = this.call.rows(unit);
    this.rowOf = new Int32Array(this.call.sentences.length);
    this.rows.forEach((row, number) => row.sentences.forEach((sentence) => (this.rowOf[sentence] = number)));
    this.estimate();
    this.refresh();
  }

  // Heights of rows nobody has seen are guessed from their text, and corrected when they come into sight.
  estimate() {
    const width = Math.max(120, this.list.clientWidth * (this.root.dataset.shape === "two" ? 0.5 : 1) - 40);
    this.heights = Float64Array.from(this.rows, (row) => {
      let letters = 0;
      for (const sentence of row.sentences) {
        const { text } = this.call.sentences[sentence];
        letters += text.length * (text.charCodeAt(text.length >> 1) > 0x2e80 ? 2 : 1) + 1;
      }
      return FRAME_PX + LINE_PX * Math.ceil((letters * 8) / width);
    });
    this.tops = new Float64Array(this.rows.length + 1);
    this.stack(0);
  }

  stack(from) {
    for (let number = from; number < this.rows.length; number++) {
      this.tops[number + 1] = this.tops[number] + this.heights[number];
    }
    this.inner.style.height = `${this.tops[this.rows.length]}px`;
  }

  rowAt(top) {
    let low = 0, high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tops[middle + 1] <= top) low = middle + 1; else high = middle;
    }
    return Math.min(low, this.rows.length - 1);
  }

  resized() {
    if (this.wide === this.list.clientWidth) return this.fill();
    this.wide = this.list.clientWidth;
    this.relay();
  }

  // Everything anew, with the row at the top where it was.
  relay() {
    const row = this.rowAt(this.list.scrollTop);
    this.estimate();
    this.refresh();
    if (row >= 0) this.scrollTo(this.tops[row]);
  }

  refresh() {
    for (const element of this.shown.values()) element.remove();
    this.shown.clear();
    this.fill();
    this.light(this.at || 0);
  }

  // Rows in sight get the words of these sentences; who has the focus keeps it.
  wordsCame(first, last) {
    const { activeElement } = this.root.getRootNode();
    for (const [number, element] of this.shown) {
      if (!this.rows[number].sentences.some((sentence) => sentence >= first && sentence <= last)) continue;
      const fresh = this.made(number);
      element.replaceWith(fresh);
      this.shown.set(number, fresh);
      if (activeElement && element.contains(activeElement)) fresh.querySelector(".when")?.focus({ preventScroll: true });
    }
    this.fresh = true;
    this.fill();
    this.light(this.at || 0);
  }

  made(number) {
    const element = makeRow(this.call, this.looks, this.labels, this.finder, this.rows[number], number, this.rows.length);
    this.markCurrent(element);
    for (const each of element.querySelectorAll(".sentence")) {
      each.classList.toggle("evidence", this.evidence.has(Number(each.dataset.sentence)));
    }
    return element;
  }

  // Rows come and go, and are made again when their words come: which hit is the current one is kept apart from them.
  markCurrent(element) {
    for (const each of element.querySelectorAll("mark")) each.classList.toggle("current", each.dataset.hit === this.current);
  }

  // Puts the rows in sight there, and measures them; what is above keeps its place on the screen.
  fill() {
    if (!this.rows.length || !this.list.clientHeight) return;
    for (let round = 0; round < 4; round++) {
      const top = this.list.scrollTop, bottom = top + this.list.clientHeight;
      const first = this.rowAt(top - MARGIN_PX), last = this.rowAt(bottom + MARGIN_PX);
      for (const [number, element] of this.shown) {
        if (number < first || number > last) {
          if (element.contains(this.root.getRootNode().activeElement)) continue;
          element.remove();
          this.shown.delete(number);
        }
      }
      const anchor = this.rowAt(top), offset = top - this.tops[anchor];
      for (let number = first; number <= last; number++) this.put(number);
      if (!this.measure(first, last)) break;
      this.scrollTo(this.tops[anchor] + offset);
    }
    for (const [number, element] of this.shown) element.style.transform = `translateY(${this.tops[number]}px)`;
  }

  put(number) {
    if (this.shown.has(number)) return;
    const element = this.made(number);
    this.shown.set(number, element);
    // the order of the document is that of the call, for readers and for the tab key
    const after = [...this.shown.keys()].filter((each) => each > number);
    this.inner.insertBefore(element, after.length ? this.shown.get(Math.min(...after)) : null);
    this.fresh = true;
  }

  measure(first, last) {
    let from = -1;
    for (let number = first; number <= last; number++) {
      const height = this.shown.get(number).offsetHeight;
      if (Math.abs(height - this.heights[number]) < 0.5) continue;
      this.heights[number] = height;
      if (from < 0) from = number;
    }
    if (from >= 0) this.stack(from);
    return from >= 0;
  }

  scrollTo(top) {
    this.list.scrollTop = top;
    this.expected = this.list.scrollTop;
  }

  // A scroll that nobody here asked for is the reader's: following lets go.
  scrolled() {
    if (Math.abs(this.list.scrollTop - this.expected) > 2) {
      this.expected = this.list.scrollTop;
      this.setFollow(false);
    }
    this.fill();
    if (this.fresh) this.light(this.at || 0);
  }

  setFollow(follows) {
    if (this.follows === follows) return;
    this.follows = follows;
    this.onFollow(follows);
    if (follows) this.reveal(this.call.begunBy(this.at || 0));
  }

  // Brings a sentence into sight, a third from the top, unless it is in sight already.
  reveal(sentence, always = false) {
    if (sentence < 0 || !this.rows.length) return;
    const number = this.rowOf[sentence], view = this.list.clientHeight;
    for (let round = 0; round < 3; round++) {
      const top = this.tops[number], bottom = this.tops[number + 1], from = this.list.scrollTop;
      const inSight = top >= from + 8 && bottom <= from + view - 8;
      if (inSight && !(always && !round)) return;
      this.scrollTo(Math.max(0, top - (view - Math.min(view, bottom - top)) / 3));
      this.fill();
    }
  }

  // Keeps a sentence in sight of the window while the page around it still grows, until the reader does something.
  holdInWindow(sentence) {
    if (sentence < 0) return;
    const inputs = ["wheel", "pointerdown", "keydown", "touchmove"];
    const hold = () => {
      const element = this.shown.get(this.rowOf[sentence]), box = element && element.getBoundingClientRect();
      if (!box || (box.top >= 0 && box.bottom <= window.innerHeight)) return;
      element.scrollIntoView({ block: "center", behavior: "instant" });
      this.expected = this.list.scrollTop;
    };
    const holding = setInterval(hold, HOLD_MS);
    const stop = () => {
      clearInterval(holding);
      inputs.forEach((name) => removeEventListener(name, stop, true));
    };
    inputs.forEach((name) => addEventListener(name, stop, true));
    setTimeout(stop, GROWING_MS);
    hold();
  }

  // Lights what is spoken at a moment.
  light(ms) {
    this.at = ms;
    const now = this.call.spokenAt(ms);
    const begun = this.call.begunBy(ms);
    if (this.fresh || now.join() !== this.lit.join()) {
      this.fresh = false;
      this.lit = now;
      const rows = new Set(now.map((sentence) => this.rowOf[sentence]));
      for (const [number, element] of this.shown) {
        element.classList.toggle("now", rows.has(number));
        for (const each of element.querySelectorAll(".sentence")) {
          const lit = now.includes(Number(each.dataset.sentence));
          each.classList.toggle("lit", lit);
          if (lit) each.setAttribute("aria-current", "true"); else each.removeAttribute("aria-current");
        }
      }
      if (this.follows) this.reveal(now.length ? now.at(-1) : begun);
    }
    for (const each of this.inner.querySelectorAll(".sentence.lit .word, .word.lit")) {
      const inTime = Number(each.dataset.begin) <= ms && ms < Number(each.dataset.end);
      each.classList.toggle("lit", inTime && each.parentElement.classList.contains("lit"));
    }
  }

  clicked(event) {
    const target = event.target;
    const when = target.closest(".when");
    if (when) return this.onSeek(Number(when.dataset.ms), true);
    const scope = this.root.getRootNode(), selected = (scope.getSelection ? scope : document).getSelection();
    if (this.picks) return this.pick(target.closest(".sentence"), selected);
    if (selected && !selected.isCollapsed) return;
    const word = target.closest(".word");
    if (word && Number(word.dataset.end)) return this.onSeek(Number(word.dataset.begin), true);
    const sentence = target.closest(".sentence");
    const begin = sentence && this.call.sentences[Number(sentence.dataset.sentence)].begin;
    if (begin !== null && begin !== undefined) this.onSeek(begin, true);
  }

  // All sentences that are selected, else the one that was clicked.
  pick(sentence, selected) {
    let picked = sentence ? [sentence] : [];
    if (selected && !selected.isCollapsed) {
      const range = selected.getRangeAt(0);
      picked = [...this.inner.querySelectorAll(".sentence")].filter((each) => range.intersectsNode(each));
      selected.removeAllRanges();
    }
    if (picked.length) this.onPick(picked.map((each) => Number(each.dataset.sentence)));
  }

  showHit(hit) {
    this.setFollow(false);
    this.current = `${hit.sentence}:${hit.begin}`;
    this.reveal(hit.sentence, true);
    this.markCurrent(this.inner);
  }

  close() {
    this.sizes.disconnect();
  }
}
