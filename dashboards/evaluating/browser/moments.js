// Comments at a moment of the call, or on the whole of it: a list that plays, and a field to write the next.

class Moments {
  constructor(form) {
    this.form = form;
    this.root = form.find(".moments");
    this.list = this.root.querySelector(".remarks");
    this.field = foreign(this.root.querySelector("textarea"));
    this.adds = this.root.querySelector(".remark-add");
    this.adds.addEventListener("click", () => this.add());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.add();
    });
    // the moment is that at which somebody begins to write
    this.field.addEventListener("input", () => {
      if (this.field.value && !this.writes) this.moment = this.here;
      this.writes = Boolean(this.field.value);
      this.place();
    });
    this.field.addEventListener("focus", () => this.place());
  }

  get here() {
    return tell("qa:place", {}).at_ms ?? null;
  }

  label() {
    const { labels, data } = this.form;
    this.root.querySelector("h4").textContent = labels.moments;
    this.field.setAttribute("aria-label", labels.new_moment);
    this.field.placeholder = labels.new_moment;
    this.field.maxLength = data.longest;
  }

  place() {
    const { labels } = this.form, at_ms = this.writes ? this.moment : this.here;
    this.adds.textContent = at_ms === null ? labels.add_whole : fill(labels.add_at, { at: clock(at_ms) });
  }

  write() {
    if (this.form.writable) this.field.focus();
  }

  add() {
    const text = this.field.value.trim();
    if (!text || !this.form.writable) return;
    this.field.value = "";
    this.writes = false;
    this.form.outbox.put(`remark:${freshId()}`, { at_ms: this.moment, text });
    this.show();
  }

  show() {
    const { form } = this, { labels } = form;
    const waiting = [...form.outbox.entries.values()].filter((entry) => entry.id.startsWith("remark:"));
    const remarks = [...form.sent.comments, ...waiting.map(({ value }) => ({ ...value, by: "" }))];
    this.list.replaceChildren(...remarks.map(({ at_ms, text, by }) => {
      const item = make("li");
      if (at_ms !== null) {
        const plays = button("plays", clock(at_ms), () => tell("qa:play", { at_ms }));
        plays.setAttribute("aria-label", fill(labels.play_from, { at: clock(at_ms) }));
        item.append(plays);
      }
      item.append(foreign(make("span", "", text)), make("span", "quiet", by));
      return item;
    }));
    this.root.hidden = !remarks.length && !form.writable;
    this.root.querySelector(".remark-new").hidden = !form.writable;
    this.place();
    form.show_player("qa:remarks", { remarks: remarks.filter(({ at_ms }) => at_ms !== null) });
  }
}
