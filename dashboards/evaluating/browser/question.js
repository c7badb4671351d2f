// One question of the form: its options, comment and evidence. It is built once; `show` brings it up to date, so that
// whoever is writing in it is not disturbed.

const TYPING_MS = 700;
const MOST_PLACES = 8; // of a proposal; taken, it brings all of them

class Question {
  // `form` is told of what the reader does: answered(question, change), chosen(question), pick(question), decide(…).
  constructor(form, asked, number) {
    Object.assign(this, { form, asked, number, id: asked.id, options: [] });
    const { labels } = form;
    this.root = make("section", "question");
    this.root.tabIndex = -1;
    this.root.dataset.question = asked.id;
    const title = foreign(make("h4", "", asked.text));
    title.id = `question-${number}`;
    const place = make("span", "number", `${number}.`);
    const head = make("div", "asks");
    head.append(place, title);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-labelledby", title.id);
    this.flags = make("p", "flags");
    this.flags.append(...this.flagged().map((text) => make("span", "flag", text)));
    this.flags.hidden = !this.flags.children.length;
    this.why = make("p", "notice quiet", labels.not_asked);
    this.body = make("div", "answering");
    this.missing = make("p", "notice warn");
    this.missing.setAttribute("role", "status");
    this.conflict = make("div", "conflict");
    this.body.append(...this.parts(title.id));
    this.root.append(head, this.flags, this.why, this.missing, this.conflict, this.body);
    this.root.addEventListener("focusin", () => form.choose(this, false));
    this.root.addEventListener("pointerdown", () => form.choose(this, false));
  }

  flagged() {
    const { asked, form: { labels } } = this;
    return [
      ...asked.critical.map((tag) => labels.critical[tag] || tag),
      ...(asked.bonus ? [labels.bonus] : []),
      ...(asked.is_scored ? asked.counting : [labels.not_scored]),
    ];
  }

  parts(named) {
    const { asked, form: { labels } } = this;
    this.said = make("div", "said");
    if (asked.instructions) {
      const more = make("details", "instructions");
      more.append(make("summary", "", labels.instructions), foreign(make("p", "", asked.instructions)));
      this.said.append(more);
    }
    this.proposal = make("div", "proposal");
    this.field = this.fieldOf(named);
    this.tools = make("div", "tools");
    if (asked.not_applicable) {
      this.na = button("option small", labels.not_applicable, () => this.toggleNone());
      this.na.prepend(make("kbd", "", "N"));
      this.na.setAttribute("aria-pressed", "false");
      this.tools.append(this.na);
    }
    if (asked.options.some((option) => option.definition)) {
      this.about = button("plain", labels.definitions, () => this.define());
      this.about.setAttribute("aria-expanded", "false");
      this.tools.append(this.about);
    }
    this.picks = button("plain", labels.evidence, () => this.form.pick(this));
    this.picks.setAttribute("aria-pressed", "false");
    this.comments = button("plain", labels.comment, () => this.write());
    this.clears = button("plain", labels.clear, () => this.answer(null));
    this.tools.append(this.picks, this.comments, this.clears);
    this.chips = make("ul", "chips");
    this.chips.setAttribute("aria-label", labels.evidence_of);
    this.comment = foreign(make("textarea", "comment"));
    this.comment.rows = 2;
    this.comment.maxLength = asked.longest;
    this.comment.setAttribute("aria-label", labels.comment_on);
    this.comment.placeholder = labels.comment_on;
    this.typed(this.comment, () => this.form.answered(this, { comment: this.comment.value }));
    this.by = make("p", "by quiet");
    return [this.said, this.proposal, this.field, this.tools, this.comment, this.chips, this.by];
  }

  fieldOf(named) {
    const { asked } = this;
    if (asked.options.length) return this.optionsOf(named);
    const holder = make("div", "field");
    this.input = asked.type === "text" ? make("textarea") : make("input");
    if (asked.type === "date") this.input.type = "date";
    if (asked.type === "number") this.input.inputMode = "decimal";
    if (asked.type === "text") Object.assign(this.input, { rows: 2, maxLength: asked.longest });
    foreign(this.input).setAttribute("aria-labelledby", named);
    this.typed(this.input, () => this.entered());
    holder.append(this.input);
    for (const band of asked.bands) holder.append(make("span", "band quiet", band));
    return holder;
  }

  optionsOf(named) {
    const { asked, form: { labels } } = this;
    const several = asked.type === "several";
    const holder = make("div", "options");
    holder.setAttribute("role", several ? "group" : "radiogroup");
    holder.setAttribute("aria-labelledby", named);
    asked.options.forEach((option, place) => {
      const choice = button("option", "", () => this.toggle(option.id));
      choice.setAttribute("role", several ? "checkbox" : "radio");
      if (place < 9) choice.append(make("kbd", "", String(place + 1)));
      const text = make("span", "text");
      text.append(foreign(make("span", "", option.text)));
      if (option.definition) {
        const definition = foreign(make("span", "definition quiet", option.definition));
        definition.hidden = true;
        text.append(definition);
      }
      choice.append(text);
      if (option.auto_fail) choice.append(make("span", "fails", labels.fails[option.auto_fail]));
      if (asked.is_scored) choice.append(make("span", "points quiet", option.points === 1 ? labels.point : fill(labels.points, { n: written(option.points) })));
      holder.append(choice);
      this.options.push([option.id, choice]);
    });
    return holder;
  }

  // Saves what is written when the reader pauses, or leaves the field.
  typed(field, save) {
    let soon = 0, before = null;
    const now = () => {
      clearTimeout(soon);
      soon = 0;
      if (field.value !== before) save();
      before = field.value;
    };
    field.addEventListener("focus", () => (before = field.value));
    field.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(now, TYPING_MS);
    });
    field.addEventListener("blur", () => soon && now());
    const earlier = this.flush;
    this.flush = () => {
      earlier?.();
      if (soon) now();
    };
  }

  get given() {
    return this.form.value(this.id);
  }

  get chosenOptions() {
    return (this.given.answer && this.given.answer.options) || [];
  }

  answer(answer) {
    if (!this.form.writable) return;
    this.form.answered(this, { answer });
  }

  toggle(option) {
    if (this.asked.type !== "several") return this.answer({ options: [option] });
    const chosen = this.chosenOptions, without = chosen.filter((each) => each !== option);
    const next = without.length < chosen.length ? without : [...chosen, option];
    const inOrder = this.asked.options.map((each) => each.id).filter((each) => next.includes(each));
    this.answer(inOrder.length ? { options: inOrder } : null);
  }

  toggleNone() {
    const has = this.given.answer && this.given.answer.none === "not_applicable";
    this.answer(has ? null : { none: "not_applicable" });
  }

  entered() {
    const text = this.input.value.trim();
    this.missing.textContent = "";
    if (!text) return this.answer(null);
    if (this.asked.type !== "number") return this.answer({ [this.asked.type]: text });
    const number = Number(text.replace(",", "."));
    if (Number.isFinite(number)) this.answer({ number });
    else this.missing.textContent = this.form.labels.no_number;
  }

  // A key that names an option; whether this question has one.
  key(digit) {
    if (!this.asked.options[digit - 1]) return false;
    this.toggle(this.asked.options[digit - 1].id);
    return true;
  }

  define() {
    const open = this.about.getAttribute("aria-expanded") !== "true";
    this.about.setAttribute("aria-expanded", open);
    for (const each of this.root.querySelectorAll(".definition")) each.hidden = !open;
    const instructions = this.said.querySelector("details");
    if (instructions) instructions.open = open;
  }

  write() {
    this.writes = true;
    this.comment.hidden = false;
    this.comment.focus();
  }

  // Adds sentences to the evidence, or takes those away that are evidence already.
  take(sentences) {
    const { evidence } = this.given;
    const picked = together(sentences), there = new Set(evidence.map(placeOf));
    const isThere = picked.every((each) => there.has(placeOf(each)));
    const rest = evidence.filter((each) => !picked.some((other) => placeOf(other) === placeOf(each)));
    const next = isThere ? rest : [...rest, ...picked];
    next.sort((one, other) => (one.begin_ms ?? 0) - (other.begin_ms ?? 0));
    this.form.answered(this, { evidence: next });
  }

  show(state) {
    const { form } = this, { labels } = form, { answer, comment, evidence } = this.given;
    const asked = state.is_asked, writable = form.writable && asked;
    this.root.dataset.chosen = form.current === this;
    this.root.dataset.answered = answer !== null;
    this.body.hidden = !asked;
    this.why.hidden = asked;
    const chosen = this.chosenOptions;
    this.options.forEach(([option, element], place) => {
      const isChosen = chosen.includes(option);
      element.setAttribute("aria-checked", isChosen);
      element.disabled = !writable;
      // one stop of the Tab key for each choice of one
      const first = chosen.length ? isChosen : place === 0;
      element.tabIndex = this.asked.type === "several" || first ? 0 : -1;
    });
    if (this.na) {
      this.na.setAttribute("aria-pressed", Boolean(answer && answer.none === "not_applicable"));
      this.na.disabled = !writable;
    }
    if (this.input) {
      this.input.disabled = !writable;
      const text = answer && !answer.none ? String(answer[this.asked.type] ?? "") : "";
      if (!this.holds(this.input)) this.input.value = text;
    }
    const demanded = state.needs_comment;
    this.comment.hidden = !(comment || demanded || this.writes);
    this.comment.readOnly = !writable;
    this.comment.required = demanded;
    if (!this.holds(this.comment)) this.comment.value = comment;
    this.clears.hidden = !writable || answer === null;
    this.comments.hidden = !writable || !this.comment.hidden;
    this.picks.hidden = !writable || !form.has_player;
    this.picks.setAttribute("aria-pressed", form.picking === this);
    const texts = [state.message, demanded && !comment.trim() ? labels.comment_demanded : ""].filter(Boolean);
    if (texts.length || !this.input) this.missing.textContent = texts.join(" ");
    this.root.dataset.missing = texts.length > 0;
    this.chips.replaceChildren(...evidence.map((item) => this.chip(item, writable)));
    this.chips.hidden = !evidence.length;
    this.propose(state.proposal, writable, answer);
    this.disagree(state.theirs);
    this.by.textContent = state.by || "";
    this.by.hidden = !state.by;
  }

  // Whether somebody is writing there just now.
  holds(field) {
    return this.form.root.getRootNode().activeElement === field;
  }

  chip(item, writable) {
    const { labels } = this.form, chip = make("li", "chip");
    const at = item.begin_ms === null ? "" : clock(item.begin_ms);
    const plays = button("plays", "", () => tell("qa:play", { at_ms: item.begin_ms }));
    plays.disabled = item.begin_ms === null || !this.form.has_player;
    plays.append(make("b", "", at), foreign(make("span", "quote", item.quote || labels.roles[item.role] || item.role)));
    plays.setAttribute("aria-label", fill(labels.play_evidence, { at, quote: item.quote || "" }));
    chip.append(plays);
    if (writable) {
      const drops = button("drops", "×", () => {
        this.form.answered(this, { evidence: this.given.evidence.filter((each) => each !== item) });
      });
      drops.setAttribute("aria-label", fill(labels.drop_evidence, { at }));
      chip.append(drops);
    }
    return chip;
  }

  // What a metric or a rule would answer: shown as that, and taken by a click or a key.
  propose(proposal, writable, answer) {
    this.proposal.hidden = !proposal;
    this.proposed = proposal && writable ? proposal : null;
    if (!proposal) return;
    const { labels } = this.form, taken = fingerprint({ answer }) === fingerprint({ answer: proposal.answer });
    const text = foreign(make("span", "", fill(labels.proposed, { answer: proposal.text, by: proposal.by })));
    this.proposal.replaceChildren(text);
    if (writable && !taken) {
      const takes = button("plain", labels.take, () => this.takeProposal());
      takes.prepend(make("kbd", "", "P"));
      this.proposal.append(takes);
    }
    if (taken) this.proposal.append(make("span", "quiet", labels.taken));
    if (!taken && proposal.evidence.length) {
      const places = make("ul", "chips");
      places.setAttribute("aria-label", labels.evidence_of);
      places.append(...proposal.evidence.slice(0, MOST_PLACES).map((item) => this.chip(item, false)));
      this.proposal.append(places);
    }
  }

  takeProposal() {
    if (!this.proposed) return;
    const { answer, evidence } = this.proposed, own = this.given.evidence;
    this.form.answered(this, { answer, evidence: own.length ? own : evidence });
  }

  // Somebody else was faster: both answers, and the reader decides.
  disagree(theirs) {
    this.conflict.hidden = !theirs;
    if (!theirs) return;
    const { form } = this, { labels } = form;
    const text = foreign(make("p", "", fill(labels.conflict, { who: theirs.by, at: theirs.at, answer: theirs.text, mine: theirs.mine })));
    this.conflict.replaceChildren(
      text,
      button("", labels.keep_mine, () => form.decide(this, true)),
      button("", labels.take_theirs, () => form.decide(this, false)),
    );
    this.conflict.setAttribute("role", "alert");
  }
}

// Sentences that one party says one after the other are one piece of evidence.
function together(sentences) {
  const pieces = [];
  for (const each of [...sentences].sort((one, other) => one.number - other.number)) {
    const last = pieces.at(-1);
    const follows = last && last.role === each.role && last.number + 1 === each.number;
    if (follows) {
      last.sentence_ids.push(each.sentence_id);
      Object.assign(last, { number: each.number, end_ms: each.end_ms, quote: `${last.quote} ${each.text}` });
    } else {
      const { role, begin_ms, end_ms, number } = each;
      pieces.push({ role, sentence_ids: [each.sentence_id], begin_ms, end_ms, number, quote: each.text });
    }
  }
  return pieces.map(({ number: _, ...piece }) => piece);
}
