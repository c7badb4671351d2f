// What stands beside the instrument on the page, such as the form of an evaluation, talks with it by events of the
// document: each is in a part of the page of its own. Names begin with "qa:".

class Beside {
  constructor(instrument) {
    this.instrument = instrument;
    this.heard = [];
    this.on("qa:play", ({ at_ms }) => instrument.seek(at_ms, true));
    // who asks for the place reads it from what was sent
    this.on("qa:place", (asked) => (asked.at_ms = Math.round(instrument.sound.at)));
    this.on("qa:picking", ({ picks }) => this.pick(picks));
    this.on("qa:remarks", ({ remarks }) => this.remark(remarks));
    this.on("qa:evidence", ({ sentences }) => this.mark(sentences));
    instrument.transcript.onPick = (numbers) => this.picked(numbers);
    document.dispatchEvent(new CustomEvent("qa:player", { detail: {} }));
  }

  on(name, act) {
    const listen = (event) => act(event.detail);
    document.addEventListener(name, listen);
    this.heard.push([name, listen]);
  }

  // While sentences are picked, a click on one says so and plays nothing.
  pick(picks) {
    this.instrument.transcript.picks = picks;
    this.instrument.root.dataset.picks = picks;
  }

  picked(numbers) {
    const { sent, sentences } = this.instrument.call, { masked } = this.instrument.unmask;
    const picked = numbers.map((number) => {
      const { role, begin, end, text } = sentences[number];
      // what was masked stays in the transcript: others may keep what they are told
      return { number, role, sentence_id: sent.ids[number], begin_ms: begin, end_ms: end, text: masked.get(number) ?? text };
    });
    document.dispatchEvent(new CustomEvent("qa:picked", { detail: { sentences: picked } }));
  }

  // Comments at a moment are findings of the call, as any others.
  remark(remarks) {
    const { board, call, findings, labels } = this.instrument;
    const marks = remarks.map(({ at_ms, text }) => ({ kind: "comment", begin_ms: at_ms, end_ms: at_ms, role: null, label: text }));
    call.sent.marks = call.sent.marks.filter((mark) => mark.kind !== "comment").concat(marks)
      .sort((one, other) => one.begin_ms - other.begin_ms);
    this.instrument.find(".findings").hidden = !call.sent.marks.length;
    board.lay();
    findings.label();
    this.instrument.find(".drawn").textContent = drawn(call, labels);
  }

  mark(sentences) {
    const { call, transcript } = this.instrument;
    const wanted = new Set(sentences.flatMap(({ role, sentence_ids }) => sentence_ids.map((id) => `${role}/${id}`)));
    const isWanted = ({ role }, number) => wanted.has(`${role}/${call.sent.ids[number]}`);
    transcript.evidence = new Set(call.sentences.flatMap((item, number) => (isWanted(item, number) ? [number] : [])));
    transcript.refresh();
  }

  close() {
    for (const [name, listen] of this.heard) document.removeEventListener(name, listen);
  }
}

function drawn(call, labels) {
  return fill(labels.drawn, {
    length: clock(call.length), sentences: call.sentences.length, findings: call.sent.marks.length,
  });
}
