// What was masked: how many places, and for people with the right a way to see and hear them once they have said why.
// Nothing of it is kept: it is gone with the page, and the sentences are masked again when somebody asks for that.

class Unmask {
  // `parts` has call, data, find, labels, sound, transcript and say.
  constructor(parts) {
    this.parts = parts;
    this.masked = new Map();
    this.hears = false;
    const { find } = parts;
    this.dialog = find(".unmasking");
    find(".show-masked").addEventListener("click", () => this.open());
    find(".hide-masked").addEventListener("click", () => this.hide());
    find(".unmasking .cancel").addEventListener("click", () => this.dialog.close());
    find(".unmasking form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    this.label();
  }

  get places() {
    return this.parts.call.sent.marks.filter((mark) => mark.kind === "masked");
  }

  get shows() {
    return this.hears || this.masked.size > 0;
  }

  label() {
    const { call, data, find, labels, looks } = this.parts;
    const count = this.places.length, said = [];
    if (count) said.push(fill(labels.masked_count, { n: count }));
    const unplaced = call.sent.unplaced.map((role) => looks.roles[call.shown(role)].label);
    if (unplaced.length && !this.hears) said.push(fill(labels.masked_unplaced, { party: unplaced.join(", ") }));
    if (this.masked.size) said.push(fill(labels.unmasked_text, { n: this.masked.size }));
    if (this.hears) said.push(labels.unmasked_sound);
    find(".masking").hidden = !count;
    find(".masking-note").textContent = said.join(" ");
    find(".show-masked").hidden = !(data.unmask && count);
    find(".hide-masked").hidden = !this.shows;
    for (const choice of this.dialog.querySelectorAll("[data-what]")) {
      choice.hidden = !data.unmask?.may.includes(choice.dataset.what);
    }
  }

  open() {
    this.refuse("");
    this.dialog.showModal();
    this.dialog.querySelector("textarea").focus();
  }

  refuse(text) {
    const refused = this.dialog.querySelector(".refused");
    refused.textContent = text;
    refused.hidden = !text;
  }

  async ask() {
    const form = this.dialog.querySelector("form"), button = form.querySelector("[type=submit]");
    const what = new FormData(form).get("what"), reason = form.querySelector("textarea").value;
    button.disabled = true;
    try {
      const answer = await fetch(this.parts.data.unmask.link, {
        method: "POST", cache: "no-store", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ what, reason }),
      });
      const said = await answer.json();
      if (!answer.ok) return this.refuse(said.message);
      form.reset();
      this.dialog.close();
      this.take(what, said);
    } catch {
      this.refuse(this.parts.labels.not_loaded);
    } finally {
      button.disabled = false;
    }
  }

  take(what, said) {
    if (what === "text") this.show(said);
    else if (what === "sound") this.hear(said.sound);
    else this.save(said.sound);
    this.label();
    const { find, labels } = this.parts;
    find(".said").textContent = what === "text" && said.missing ? fill(labels.unmasked_missing, { n: said.missing }) : labels.look_noted;
  }

  show({ sentences }) {
    const { call } = this.parts;
    for (const [number, text, words] of sentences) {
      if (!this.masked.has(number)) this.masked.set(number, call.sentences[number].text);
      call.sentences[number].text = text;
      call.raw.set(number, words);
    }
    this.written();
  }

  hear(address) {
    const { sound } = this.parts;
    sound.take(address, sound.at, sound.playing);
    this.hears = true;
  }

  save(address) {
    const link = make("a");
    link.href = address;
    link.download = "";
    this.dialog.append(link);
    link.click();
    link.remove();
  }

  // As it was before anybody looked.
  hide() {
    const { call, data, find, sound } = this.parts;
    for (const [number, text] of this.masked) call.sentences[number].text = text;
    this.masked.clear();
    call.raw.clear();
    if (this.hears && data.sound) sound.take(data.sound, sound.at, sound.playing);
    this.hears = false;
    this.written();
    this.label();
    find(".show-masked").focus();
  }

  // The sound is the one for everybody again: the other one's address has expired.
  lost() {
    this.hears = false;
    this.label();
  }

  written() {
    this.parts.search.look(this.parts.search.field.value ? [this.parts.search.field.value] : []);
  }
}

// A placeholder in the text, which a screen reader names by what was masked.
function placeholderOf(text, kind, labels) {
  const rest = (text.match(/\d+/) || [""])[0], name = labels.masked_kinds[kind] || kind;
  const element = make("span", "masked");
  const label = fill(rest ? labels.masked_but : labels.masked_place, { kind: name, rest });
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  element.title = label;
  return element;
}
