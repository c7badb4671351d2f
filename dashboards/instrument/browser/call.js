// What is known of the call, in the form in which it is asked for many times a second.

const SWAPPED = { agent: "customer", customer: "agent" };

class Call {
  // `sent` is what dashboards/instrument/call_data.py makes; `ask` fetches more of it.
  constructor(sent, ask) {
    this.sent = sent;
    this.ask = ask;
    this.swapped = false;
    this.length = Math.max(1, sent.duration_ms);
    this.sentences = sent.sentences.map(([role, begin, end, text, language, by, emotion, sure]) => ({
      role: sent.roles[role], begin, end, text, language, by, emotion, sure,
    }));
    this.timed = this.sentences.filter((item) => item.begin !== null && item.end !== null).length;
    // sentences without a time come last, so those with one are an ordered head of the list
    let latest = -1;
    this.latestEnds = Float64Array.from(this.sentences.slice(0, this.timed), (item) => (latest = Math.max(latest, item.end)));
    this.blocks = new Map(sent.words ? [[0, sent.words]] : []);
    this.asked = new Set();
    this.raw = new Map();
    this.onWords = () => {};
  }

  // The role under which a role is shown: agent and customer may be swapped for the view.
  shown(role) {
    return this.swapped && SWAPPED[role] ? SWAPPED[role] : role;
  }

  // What a channel is called: by its own name, else by its role, with a number where several have that one.
  nameOf(channel, roles) {
    if (channel.name) return channel.name;
    const { label } = roles[this.shown(channel.role)], alike = this.sent.channels.filter((each) => each.role === channel.role);
    return alike.length > 1 ? `${label} ${alike.indexOf(channel) + 1}` : label;
  }

  // Whether there are an agent and a customer, on two channels or told apart on one.
  get hasTwoParties() {
    return this.sent.channels.length > 1 || Object.keys(SWAPPED).every((role) => this.sentences.some((item) => item.role === role));
  }

  // The last sentence that has begun by a moment, -1 before the first.
  begunBy(ms) {
    let low = 0, high = this.timed;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sentences[middle].begin <= ms) low = middle + 1; else high = middle;
    }
    return low - 1;
  }

  // All sentences that are being spoken at a moment, in order.
  spokenAt(ms) {
    const found = [];
    for (let at = this.begunBy(ms); at >= 0 && this.latestEnds[at] > ms; at--) {
      if (this.sentences[at].end > ms) found.unshift(at);
    }
    return found;
  }

  // The words of a sentence as [first character, after the last, begin ms, end ms, unsure] one after the other; null
  // while they are on their way.
  words(sentence) {
    if (this.raw.has(sentence)) return this.raw.get(sentence);
    const number = Math.floor(sentence / this.sent.block);
    const block = this.blocks.get(number);
    if (block) return block[sentence % this.sent.block] || [];
    if (!this.asked.has(number)) {
      this.asked.add(number);
      this.ask(`words/${number}`).then((answer) => answer.json()).then((words) => {
        this.blocks.set(number, words);
        this.onWords(number * this.sent.block, (number + 1) * this.sent.block - 1);
      }).catch(() => setTimeout(() => this.asked.delete(number), RETRY_MS));
    }
    return null;
  }

  // Rows of the transcript: each the numbers of its sentences, which are one turn or one sentence.
  rows(unit) {
    if (unit !== "turns") return this.sentences.map((_, number) => ({ turn: null, sentences: [number] }));
    const rows = [], ofTurn = new Map();
    this.sent.turn_of.forEach((turn, number) => {
      if (turn >= 0 && ofTurn.has(turn)) return ofTurn.get(turn).sentences.push(number);
      const row = { turn: turn < 0 ? null : this.sent.turns[turn], sentences: [number] };
      if (turn >= 0) ofTurn.set(turn, row);
      rows.push(row);
    });
    return rows;
  }
}

const RETRY_MS = 3000;

// A place in the call: 1:05, 1:02:03; with a tenth where asked.
function clock(ms, tenths = false) {
  const seconds = Math.floor(ms / 1000), two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  const whole = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  return tenths ? `${whole}.${Math.floor(ms / 100) % 10}` : whole;
}

// A text of the page with its places filled: fill("{share} sure", {share: "40%"}).
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

// A colour of the palette as it is, a colour of the theme by its name.
function css(colour) {
  return colour.startsWith("#") ? colour : `var(--st-${colour}-color)`;
}

// An element with classes and text. Text is only ever set as text.
function make(tag, classes, text) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (text !== undefined) element.textContent = text;
  return element;
}
