// Keys of the form, while nobody types. The player beside it has others; who turns its keys off turns these off too.

const KEYS_OFF = "qa-instrument-keys-off";
const TYPES = "input, textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox]";

class FormKeys {
  constructor(form) {
    this.form = form;
    this.pressed = (event) => this.press(event);
    document.addEventListener("keydown", this.pressed);
  }

  get off() {
    try { return Boolean(localStorage.getItem(KEYS_OFF)); } catch { return false; }
  }

  press(event) {
    const { form } = this;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !form.current) return;
    const path = event.composedPath().filter((each) => each instanceof Element), [target] = path;
    const inside = path.includes(form.root);
    if (!target || path.some((each) => each.tagName === "DIALOG")) return;
    if (event.key === "Escape" && (inside || form.picking)) return this.leave(target);
    if (target.closest(TYPES)) return;
    const moves = event.key.startsWith("Arrow");
    // lists and sliders elsewhere on the page have arrows of their own
    if (moves && !inside && target !== document.body) return;
    if (this.off && !(moves && inside)) return;
    const act = this.action(event.key.length === 1 ? event.key.toLowerCase() : event.key, target);
    if (!act) return;
    event.preventDefault();
    act();
  }

  action(key, target) {
    const { form } = this, { current } = form;
    if (key === "ArrowDown") return () => form.step(1);
    if (key === "ArrowUp") return () => form.step(-1);
    if (key === "ArrowLeft" || key === "ArrowRight") return this.along(target, key === "ArrowRight" ? 1 : -1);
    if (!form.writable || current.body.hidden) return null;
    if (/^[1-9]$/.test(key)) return this.digit(Number(key));
    return {
      n: current.na && (() => current.toggleNone()),
      c: () => current.write(),
      e: form.has_player && (() => form.pick(current)),
      p: current.proposed && (() => current.takeProposal()),
      d: current.about && (() => current.define()),
      m: () => form.moments.write(),
    }[key];
  }

  digit(number) {
    const { current } = this.form;
    if (current.asked.options.length) return current.asked.options[number - 1] && (() => current.key(number));
    // what is typed begins with the digit
    if (current.asked.type === "number") current.input.focus();
    return null;
  }

  // From option to option, as a group of choices has it.
  along(target, by) {
    const options = [...(target.closest(".options")?.querySelectorAll(".option") || [])];
    const next = options[options.indexOf(target.closest(".option")) + by];
    return next && (() => next.focus());
  }

  leave(target) {
    const { form } = this;
    if (form.picking) form.pick(null);
    else if (target.closest(TYPES)) (target.closest(".question") || form.current.root).focus({ preventScroll: true });
  }

  close() {
    document.removeEventListener("keydown", this.pressed);
  }
}
