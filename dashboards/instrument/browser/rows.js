// One row of the transcript: who, when, in which language and mood, and the words, each with its place in the sound.

function makeRow(call, looks, labels, finder, row, number, total) {
  const first = call.sentences[row.sentences[0]];
  const element = make("div", "row");
  element.setAttribute("role", "listitem");
  element.setAttribute("aria-setsize", total);
  element.setAttribute("aria-posinset", number + 1);
  const role = call.shown(first.role), look = looks.roles[role];
  element.dataset.side = role === "agent" ? "left" : "right";
  element.style.setProperty("--role", css(look.colour));
  element.append(metaOf(call, looks, labels, row, look));
  const text = make("p", "text");
  text.dir = "auto";
  row.sentences.forEach((sentence, place) => {
    if (place) text.append(" ");
    text.append(sentenceOf(call, finder, sentence, labels));
  });
  element.append(text);
  for (const sentence of row.sentences) {
    for (const remark of call.sent.remarks[sentence] || []) element.append(make("p", "remark", remark));
  }
  return element;
}

function metaOf(call, looks, labels, row, look) {
  const items = row.sentences.map((number) => call.sentences[number]), first = items[0];
  const meta = make("div", "meta");
  if (first.begin !== null) {
    const when = make("button", "when", clock(first.begin));
    when.setAttribute("aria-label", fill(labels.play_from, { at: clock(first.begin), role: look.label }));
    when.dataset.ms = first.begin;
    meta.append(when);
  }
  meta.append(make("span", "who", look.label));
  if (looks.worded.includes(first.role)) {
    const said = [...new Set(items.map((item) => languageOf(item, looks, labels)))];
    meta.append(make("span", "quiet", said.join(" → ")));
  }
  if (looks.felt.includes(first.role)) meta.append(...emotionsOf(items, looks));
  const sure = items.length === 1 ? first.sure : null;
  if (sure !== null && sure < looks.unsure_below) {
    meta.append(make("span", "quiet", fill(labels.sure, { share: `${Math.round(sure * 100)}%` })));
  }
  if (row.turn) meta.append(...notesOf(row.turn, items, labels));
  return meta;
}

function languageOf(item, looks, labels) {
  const name = item.language ? looks.languages[item.language] || item.language : labels.no_language;
  const by = item.language && labels.by[item.by];
  return by ? `${name}, ${by}` : name;
}

// The course of the emotions without repetitions, each a word with a dot of its colour.
function emotionsOf(items, looks) {
  const course = items.map((item) => item.emotion).filter((emotion, place, all) => !place || emotion !== all[place - 1]);
  return course.map((emotion) => {
    const look = looks.emotions[emotion === null ? "" : emotion] || { label: emotion, colour: "gray" };
    const badge = make("span", emotion === null ? "quiet" : "emotion", look.label);
    badge.style.setProperty("--emotion", css(look.colour));
    return badge;
  });
}

function notesOf([number, gap, overlap, murmur, cut, cut_ms], items, labels) {
  const seconds = (ms) => fill(labels.seconds, { n: (ms / 1000).toFixed(1) });
  const notes = [];
  if (cut !== null) notes.push(make("span", "note warn", fill(labels.interrupts, { turn: cut, seconds: seconds(cut_ms) })));
  if (murmur) notes.push(make("span", "note", labels.backchannel));
  const times = [fill(labels.turn, { turn: number })];
  times.push(fill(labels.long, { seconds: seconds(Math.max(...items.map((item) => item.end)) - items[0].begin) }));
  if (gap) times.push(fill(labels.after_silence, { seconds: seconds(gap) }));
  if (overlap) times.push(fill(labels.with_overlap, { seconds: seconds(overlap) }));
  notes.push(make("span", "quiet", times.join(", ")));
  return notes;
}

// A sentence in pieces that begin and end where a word, a hit or a placeholder does.
function sentenceOf(call, finder, sentence, labels) {
  const item = call.sentences[sentence], words = call.words(sentence) || [], isRaw = call.raw.has(sentence);
  const hits = finder.bySentence.get(sentence) || [], masked = (!isRaw && call.sent.masked[sentence]) || [];
  const cuts = new Set([0, item.text.length]);
  for (let at = 0; at < words.length; at += 5) cuts.add(words[at]).add(words[at + 1]);
  for (const [begin, end] of [...hits, ...masked]) cuts.add(begin).add(end);
  const places = [...cuts].sort((one, other) => one - other);
  const element = make("span", isRaw ? "sentence raw" : "sentence");
  element.dataset.sentence = sentence;
  let word = 0, hit = 0, mask = 0, into = element;
  for (let number = 0; number + 1 < places.length; number++) {
    const begin = places[number], end = places[number + 1];
    while (word < words.length && words[word + 1] <= begin) word += 5;
    while (hit < hits.length && hits[hit][1] <= begin) hit++;
    if (mask < masked.length && masked[mask][1] <= begin) into = (mask++, element);
    if (mask < masked.length && masked[mask][0] === begin) {
      into = placeholderOf(item.text.slice(...masked[mask]), masked[mask][2], labels);
      element.append(into);
    }
    const inWord = word < words.length && words[word] <= begin, inHit = hit < hits.length && hits[hit][0] <= begin;
    if (!inWord && !inHit) {
      into.append(item.text.slice(begin, end));
      continue;
    }
    const piece = make(inHit ? "mark" : "span", inWord ? (words[word + 4] ? "word unsure" : "word") : "", item.text.slice(begin, end));
    if (inWord) Object.assign(piece.dataset, { begin: words[word + 2], end: words[word + 3] });
    if (inHit) piece.dataset.hit = `${sentence}:${hits[hit][0]}`;
    into.append(piece);
  }
  return element;
}
