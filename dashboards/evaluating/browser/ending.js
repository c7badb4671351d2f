// How an evaluation ends: submitted, released, or given up; never by itself, and never twice.

const SETTLING_MS = 5000, SETTLING_STEP_MS = 30;

class Ending {
  constructor(form) {
    this.form = form;
    this.root = form.find(".ends");
  }

  show() {
    const { form } = this, { labels, sent: { may } } = form, { state } = form.outbox;
    const shown = JSON.stringify([may, state === "conflict", labels.submit]);
    if (this.shown === shown) return;
    this.shown = shown;
    const ends = (name, classes, act) => {
      const element = button(classes, labels[name], act);
      element.disabled = name === "submit" && state === "conflict";
      return element;
    };
    const sure = () => this.ask_first(labels.withdraw_sure, labels.withdraw, () => this.finish("withdraw"));
    this.root.replaceChildren(
      ...(may.submit ? [ends("submit", "primary", () => this.finish("submit"))] : []),
      ...(may.release ? [ends("release", "primary", () => this.finish("release"))] : []),
      ...(may.withdraw ? [ends("withdraw", "", sure)] : []),
    );
  }

  // Saves what is being written first; nothing is submitted while an answer is not saved. A request that was lost is
  // repeated as it was.
  async finish(what) {
    const { form } = this, { labels } = form;
    form.flush();
    form.outbox.now();
    if (what === "submit" && !(await this.settled())) return form.notify(labels.save_first);
    if (this.request?.what !== what) this.request = { what, id: freshId(), revision: form.sent.evaluation.revision };
    const { id, revision } = this.request;
    const answer = await form.ask(what, { revision, request_id: id }).catch(() => null);
    if (form.closed) return;
    if (!answer || answer.status >= 500) return form.notify(labels.not_done);
    this.request = null;
    if (answer.status === 200 || answer.status === 409) form.take(answer.body);
    if (answer.status === 200) return this.done(what);
    form.notify(answer.status === 409 ? labels.look_again : answer.body.message || labels.not_done);
    form.point_out(answer.body.missing || {});
  }

  done(what) {
    const { form } = this;
    form.messages.clear();
    form.pick(null);
    if (what === "withdraw") form.outbox.clear();
    form.notify(form.labels.done[what]);
    const title = form.find(".title");
    title.tabIndex = -1;
    title.focus();
    // the page around it has more to show now
    form.renew();
  }

  async settled() {
    const { outbox } = this.form, until = Date.now() + SETTLING_MS;
    while (outbox.state === "saving" && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, SETTLING_STEP_MS));
    }
    return outbox.state === "saved";
  }

  ask_first(question, yes, act) {
    const dialog = this.form.find(".sure");
    dialog.querySelector("p").textContent = question;
    dialog.querySelector(".choices").replaceChildren(
      button("primary", yes, () => { dialog.close(); act(); }),
      button("", this.form.labels.cancel, () => dialog.close()),
    );
    dialog.showModal();
  }
}
