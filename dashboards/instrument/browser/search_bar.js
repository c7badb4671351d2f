// The field that finds words in the call, and the way from hit to hit.

const TYPED_MS = 150;

class SearchBar {
  // `parts` has call, finder, board, transcript and labels; `ask` fetches from beside the page.
  constructor(root, parts, ask) {
    Object.assign(this, { root, parts, ask });
    this.field = root.querySelector(".find input");
    this.field.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.look([this.field.value]), TYPED_MS);
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.hit(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") {
        this.field.value = "";
        this.look([]);
        this.field.blur();
      }
    });
    root.querySelector(".find .before").addEventListener("click", () => this.hit(-1));
    root.querySelector(".find .after").addEventListener("click", () => this.hit(1));
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  // The search of the list is carried on: its language is the server's, so the server says where its hits are.
  async carry(asked, at_s) {
    this.field.value = asked;
    const answer = await this.ask(`hits?${new URLSearchParams({ q: asked })}`);
    this.parts.finder.take(asked, await answer.json());
    this.found(at_s === null ? 0 : this.parts.call.begunBy(at_s * 1000), at_s === null);
  }

  look(phrases) {
    const { finder, transcript } = this.parts;
    finder.look(phrases);
    const seen = transcript.rows[transcript.rowAt(transcript.list.scrollTop)];
    this.found(seen ? seen.sentences[0] : 0, true);
  }

  // Marks the hits, from a sentence on; `shows` brings the first one into sight.
  found(sentence, shows) {
    const { board, call, finder, transcript } = this.parts;
    board.ticks = [...finder.bySentence.keys()].map((number) => call.sentences[number].begin)
      .filter((begin) => begin !== null);
    board.draw();
    transcript.refresh();
    const hit = finder.from(sentence);
    if (hit && shows) transcript.showHit(hit);
    this.counted();
  }

  hit(by) {
    const hit = this.parts.finder.step(by);
    if (hit) this.parts.transcript.showHit(hit);
    this.counted();
  }

  counted() {
    const { finder: { hits, phrases, place }, labels } = this.parts;
    const text = hits.length ? fill(labels.hit_of, { n: place + 1, all: hits.length }) : labels.no_hits;
    this.root.querySelector(".hits").textContent = phrases.length ? text : "";
  }
}
