// The form of one evaluation: what the server knows of it, what the reader has answered since, and both as one.

const LOOK_MS = 10000, LOAD_RETRY_MS = 2000, NEWS_MS = 8000;

class Form {
  constructor(root, data, renew) {
    Object.assign(this, { root, data, renew, labels: data.labels, views: [], messages: new Map(), own: new Set(), told: new Map(), has_player: false });
    this.find = (selector) => root.querySelector(selector);
    this.watch = new Watch();
    this.heard = [];
    this.on("qa:player", () => this.met());
    this.on("qa:picked", ({ sentences }) => this.picking?.take(sentences));
    this.keys = new FormKeys(this);
    this.moments = new Moments(this);
    this.ending = new Ending(this);
    this.load();
  }

  on(name, act) {
    const listen = (event) => act(event.detail);
    document.addEventListener(name, listen);
    this.heard.push([name, listen]);
  }

  // Beside the page: an answer of the server with its status; rejected where nothing was heard.
  async ask(path, body) {
    const sent = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const address = `${this.data.link}/${path}?lang=${this.data.language}`;
    const answer = await fetch(address, { ...sent, credentials: "same-origin" });
    const isJson = (answer.headers.get("content-type") || "").startsWith("application/json");
    return { status: answer.status, body: isJson ? await answer.json() : { message: (await answer.text()).trim() } };
  }

  async load() {
    const answer = await this.ask("form").catch(() => null);
    if (this.closed) return;
    if (answer && answer.status === 200) return this.begin(answer.body);
    if (answer && answer.status < 500) return this.say(".blocked", answer.body.message || this.labels.not_loaded);
    this.say(".blocked", this.labels.not_reached);
    this.loading = setTimeout(() => this.load(), LOAD_RETRY_MS);
  }

  begin(sent) {
    this.say(".blocked", "");
    this.sent = sent;
    this.build();
    this.outbox = new Outbox(`qa-review:${this.data.who}:${this.data.evaluation_id}`, {
      send: (entry) => this.send(entry),
      saved: (id) => this.saved(id),
      onChange: () => this.show(),
      onSaved: (body) => this.take(body),
      onNews: (body) => this.take(body),
      onRefused: (entry, body) => this.refused(entry, body),
      onStopped: (status, body) => this.stopped(status, body),
    });
    // what was not saved before the evaluation was submitted stays to be read
    this.outbox.stopped = !this.writable;
    const asked = this.views.filter((view) => sent.preview.asked.includes(view.id));
    this.choose(asked.find((view) => !this.value(view.id).answer) || asked[0] || this.views[0], false);
    // whoever has opened the form goes on in it, unless something is being written
    if (!document.activeElement?.matches("input, textarea")) this.current.root.focus({ preventScroll: true });
    this.outbox.now();
    this.met();
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.seen = () => this.look();
    document.addEventListener("visibilitychange", this.seen);
    this.left = () => this.flush();
    addEventListener("pagehide", this.left);
    this.root.dataset.ready = "true";
  }

  get writable() {
    return this.sent.may.answer;
  }

  // -- what is answered ----------------------------------------------------------------------------------------------

  // What the reader sees of a question: the own answer that is not saved yet, else what is saved.
  value(question) {
    const waiting = this.writable && this.outbox?.entries.get(`answer:${question}`);
    return waiting ? waiting.value : this.known(question);
  }

  known(question) {
    return this.sent.answers[question] || { answer: null, comment: "", evidence: [] };
  }

  saved(id) {
    const [kind, question] = id.split(/:(.*)/s);
    return kind === "answer" ? fingerprint(this.known(question)) : "";
  }

  answered(view, change) {
    if (!this.writable) return;
    const before = this.value(view.id);
    const value = { answer: before.answer, comment: before.comment, evidence: before.evidence, ...change };
    if (fingerprint(value) === fingerprint(before)) return;
    this.messages.delete(view.id);
    this.outbox.put(`answer:${view.id}`, { ...value, seconds: this.watch.read(), shown: this.sent.proposals[view.id]?.answer ?? null });
    this.marked();
  }

  send(entry) {
    const [kind, question] = entry.id.split(/:(.*)/s);
    const { revision } = this.sent.evaluation, { request_id, value } = entry;
    this.own.add(`${entry.id} ${fingerprint(value)}`);
    if (kind === "remark") return this.ask("comment", { ...value, revision, request_id });
    const evidence = value.evidence.map(({ quote: _, ...place }) => place);
    return this.ask("answer", { question, ...value, evidence, revision, request_id });
  }

  // News of the server take the place of what was known; what the reader has not saved yet stays above it.
  take(sent) {
    if (!sent.evaluation || sent.evaluation.revision < this.sent.evaluation.revision) return;
    const others = this.changed(sent);
    this.sent = sent;
    if (!this.writable) this.outbox.stopped = true;
    if (others) this.notify(others);
    this.label();
    this.moments.show();
    this.show();
  }

  // Who has changed which questions elsewhere; what this page has sent is no news.
  changed(sent) {
    const now = Object.entries(sent.answers).filter(([question, answer]) => {
      const print = fingerprint(answer);
      return print !== fingerprint(this.known(question)) && !this.own.has(`answer:${question} ${print}`);
    });
    if (!now.length) return "";
    const texts = now.map(([question]) => this.views.find((view) => view.id === question)?.asked.text || question);
    return fill(this.labels.changed_by, { who: now[0][1].by, questions: texts.join(", ") });
  }

  notify(text) {
    this.say(".news", text);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.say(".news", ""), NEWS_MS);
  }

  refused(entry, body) {
    const [, question] = entry.id.split(/:(.*)/s);
    const text = fill(this.labels.refused, { reason: body.message || "" });
    if (entry.id.startsWith("answer:")) this.messages.set(question, text);
    else this.notify(text);
  }

  // A link that has expired is asked for anew, once; what else stops the saving is said, and the answers stay here.
  async stopped(status, body) {
    this.reason = body.message || this.labels.not_reached;
    if (status === 403 && !this.renewed) {
      this.renewed = true;
      return this.renew();
    }
    this.say(".blocked", this.reason);
    const answer = await this.ask("form").catch(() => null);
    if (!this.closed && answer && answer.status === 200) this.take(answer.body);
  }

  // Answers that were given here and can't be saved any more: nothing of them is lost without a word.
  unsaved() {
    const texts = [...this.outbox.entries.values()].map(({ id, value }) => {
      const view = this.views.find((each) => `answer:${each.id}` === id);
      if (!view) return value.text;
      return [`${view.asked.text} ${this.worded(view, value)}`, value.comment].filter(Boolean).join(", ");
    });
    return texts.length ? fill(this.labels.unsaved, { answers: texts.join("; ") }) : "";
  }

  update(data) {
    const isOther = data.link !== this.data.link;
    Object.assign(this, { data, labels: data.labels });
    if (!this.outbox) return;
    if (this.outbox.stopped && this.writable) {
      this.say(".blocked", isOther ? "" : this.reason);
      if (isOther) this.outbox.resume();
    }
    if (isOther) this.renewed = false;
    this.label();
    this.show();
  }

  // Looks now and then, while the page is seen, whether somebody else has changed the evaluation.
  async look() {
    if (document.hidden || this.outbox.busy || this.outbox.stopped) return;
    const answer = await this.ask(`since/${this.sent.evaluation.revision}`).catch(() => null);
    if (this.closed || !answer) return;
    if (answer.status === 200 && answer.body.evaluation) this.take(answer.body);
    if (this.outbox.failures) this.outbox.now();
  }

  decide(view, keepsMine) {
    this.outbox.decide(`answer:${view.id}`, keepsMine);
    view.root.focus({ preventScroll: true });
    this.show();
  }

  // -- the page ------------------------------------------------------------------------------------------------------

  build() {
    const { sections } = this.sent;
    let number = 0;
    this.scores = new Map();
    this.find(".sections").replaceChildren(...sections.map((section) => {
      const element = make("section", "part"), head = make("div", "part-head"), score = make("span", "quiet");
      head.append(foreign(make("h4", "part-title", section.title)), score);
      element.append(head);
      if (section.counting) element.append(make("p", "quiet", section.counting));
      if (section.instructions) element.append(foreign(make("p", "quiet", section.instructions)));
      this.scores.set(section.id, score);
      for (const asked of section.questions) {
        const view = new Question(this, asked, ++number);
        this.views.push(view);
        element.append(view.root);
      }
      return element;
    }));
    this.label();
  }

  label() {
    const { labels, sent: { evaluation } } = this;
    this.root.setAttribute("aria-label", labels.form);
    foreign(this.find(".title")).textContent = evaluation.title;
    foreign(this.find(".about")).textContent = evaluation.about;
    this.say(".blind", evaluation.is_blind && this.writable ? labels.blind : "");
    this.moments.label();
    this.find(".keys-hint").textContent = labels.keys_hint;
  }

  show() {
    if (!this.sent || !this.outbox) return;
    const { labels, sent } = this, { preview } = sent;
    const asked = new Set(preview.asked), demanded = new Set(preview.needs_comment);
    for (const view of this.views) {
      const entry = this.outbox.entries.get(`answer:${view.id}`), known = this.known(view.id);
      view.show({
        is_asked: asked.has(view.id),
        needs_comment: demanded.has(view.id),
        message: this.messages.get(view.id) || "",
        proposal: sent.proposals[view.id],
        theirs: entry?.theirs ? { by: known.by, at: known.at, text: known.text, mine: this.worded(view, entry.value) } : null,
        by: known.is_other ? fill(labels.answered_by, { who: known.by, at: known.at }) : "",
      });
    }
    for (const section of sent.sections) this.scores.get(section.id).textContent = preview.sections[section.id] || "";
    this.find(".score").textContent = preview.score;
    this.find(".progress").textContent = preview.progress;
    this.say(".failed", preview.failed);
    if (!this.writable && this.outbox.entries.size) this.say(".blocked", this.unsaved());
    const { state } = this.outbox, element = this.find(".state");
    element.textContent = this.writable ? labels.states[state] : sent.evaluation.state;
    element.dataset.state = this.writable ? state : "saved";
    this.moments.place();
    this.ending.show();
    this.root.dataset.state = state;
  }

  // An answer in words, for whoever has to choose between two.
  worded(view, { answer }) {
    if (!answer) return this.labels.no_answer;
    if (answer.none) return this.labels.not_applicable;
    if (!answer.options) return String(Object.values(answer)[0]);
    return answer.options.map((id) => view.asked.options.find((option) => option.id === id)?.text || id).join(", ");
  }

  say(selector, text) {
    const element = foreign(this.find(selector));
    element.textContent = text || "";
    element.hidden = !text;
  }

  choose(view, moves = true) {
    if (!view || this.current === view) return;
    const before = this.current;
    this.current = view;
    if (before) before.root.dataset.chosen = "false";
    view.root.dataset.chosen = "true";
    if (this.picking && this.picking !== view) this.pick(null);
    this.marked();
    if (!moves) return;
    view.root.focus({ preventScroll: true });
    view.root.scrollIntoView({ block: "nearest" });
  }

  step(by) {
    let place = this.views.indexOf(this.current) + by;
    while (this.views[place]?.body.hidden) place += by;
    this.choose(this.views[place]);
  }

  // What is in the way of a submission, at its question.
  point_out(missing) {
    for (const [question, reason] of Object.entries(missing)) this.messages.set(question, reason);
    this.show();
    this.choose(this.views.find((view) => view.id in missing));
    this.current?.root.scrollIntoView({ block: "nearest" });
  }

  // -- the player beside it ------------------------------------------------------------------------------------------

  met() {
    this.has_player = "at_ms" in tell("qa:place", {});
    this.told.clear();
    if (!this.outbox) return;
    this.moments.show();
    this.marked();
    this.show();
  }

  // From now on sentences that are clicked are evidence of this question; once more, or another question, ends it.
  pick(view) {
    this.picking = this.picking === view ? null : view;
    tell("qa:picking", { picks: Boolean(this.picking) });
    if (this.picking) this.choose(view, false);
    this.show();
  }

  marked() {
    if (this.outbox && this.current) this.show_player("qa:evidence", { sentences: this.value(this.current.id).evidence });
  }

  // The player draws anew what it is told, so it is told news only.
  show_player(name, detail) {
    const text = JSON.stringify(detail);
    if (this.told.get(name) === text) return;
    this.told.set(name, text);
    tell(name, detail);
  }

  // What is being written is kept as it is.
  flush() {
    for (const view of this.views) view.flush?.();
  }

  close() {
    this.closed = true;
    this.flush();
    tell("qa:picking", { picks: false });
    tell("qa:remarks", { remarks: [] });
    tell("qa:evidence", { sentences: [] });
    clearInterval(this.looking);
    [this.loading, this.quiet].forEach(clearTimeout);
    if (this.seen) document.removeEventListener("visibilitychange", this.seen);
    if (this.left) removeEventListener("pagehide", this.left);
    for (const [name, listen] of this.heard) document.removeEventListener(name, listen);
    this.keys.close();
    this.watch.close();
    this.outbox?.close();
  }
}
