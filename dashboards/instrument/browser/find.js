// Finding in the transcript: what is typed, whatever its case, accents or width.

const MARKS = /\p{M}/gu;
const HAS_MARKS = /\p{M}/u;

// A text as it is compared, and for each of its units the unit of the text it comes from.
function folded(text) {
  const lower = text.toLowerCase();
  if (/^[\x20-\x7e]*$/.test(text)) return { text: lower, from: null };
  const simple = lower.normalize("NFKD").replace(MARKS, "");
  if (simple.length === text.length && !HAS_MARKS.test(text)) return { text: simple, from: null };
  let made = "";
  const from = [];
  let at = 0;
  for (const letter of text) {
    const fold = letter.normalize("NFKD").replace(MARKS, "").toLowerCase();
    for (let unit = 0; unit < fold.length; unit++) from.push(at);
    made += fold;
    at += letter.length;
  }
  from.push(at);
  return { text: made, from };
}

class Finder {
  constructor(call) {
    this.call = call;
    this.texts = null;
    this.clear();
  }

  clear() {
    this.phrases = [];
    this.hits = [];
    this.bySentence = new Map();
    this.place = -1;
  }

  // Looks for any of the phrases in every sentence.
  look(phrases) {
    this.clear();
    this.phrases = phrases.map((phrase) => folded(phrase.trim()).text).filter(Boolean);
    if (!this.phrases.length) return;
    this.texts = this.texts || this.call.sentences.map((item) => folded(item.text));
    this.texts.forEach(({ text, from }, sentence) => {
      const found = [];
      for (const phrase of this.phrases) {
        for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) {
          const end = at + phrase.length;
          found.push(from ? [from[at], Math.max(from[at] + 1, from[end])] : [at, end]);
        }
      }
      if (!found.length) return;
      this.mark(sentence, found);
      this.bySentence.get(sentence).forEach(([begin]) => this.hits.push({ sentence, begin }));
    });
  }

  // Takes hits that the server found: each a list of [sentence, first character, after the last].
  take(asked, hits) {
    this.clear();
    this.phrases = [asked];
    const places = new Map();
    for (const [sentence, begin, end] of hits.flat()) {
      places.set(sentence, [...(places.get(sentence) || []), [begin, end]]);
    }
    places.forEach((found, sentence) => this.mark(sentence, found));
    const begins = new Map(hits.map(([[sentence, begin]]) => [`${sentence}:${begin}`, { sentence, begin }]));
    this.hits = [...begins.values()].filter(({ sentence, begin }) =>
      this.bySentence.get(sentence).some(([from]) => from === begin));
  }

  // Those that overlap are one.
  mark(sentence, found) {
    found.sort((one, other) => one[0] - other[0]);
    const places = [];
    for (const [begin, end] of found) {
      const last = places.at(-1);
      if (last && begin < last[1]) last[1] = Math.max(last[1], end);
      else places.push([begin, end]);
    }
    this.bySentence.set(sentence, places);
  }

  // The next or the last hit, round and round; null where there is none.
  step(by) {
    if (!this.hits.length) return null;
    this.place = this.place < 0 && by < 0 ? this.hits.length - 1 : (this.place + by + this.hits.length) % this.hits.length;
    return this.hits[this.place];
  }

  // The hit that comes first from a sentence on.
  from(sentence) {
    const place = this.hits.findIndex((hit) => hit.sentence >= sentence);
    this.place = this.hits.length ? Math.max(0, place) : -1;
    return this.hits[this.place] || null;
  }
}
