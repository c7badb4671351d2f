// Keys of the whole page, while nobody types. They can be turned off, for people who speak to their machine.

const KEYS_OFF = "qa-instrument-keys-off";
const TYPES = "input, textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox]";
const OWN_KEYS = "button, a, summary, [role=button], [role=tab], [role=radio], [role=checkbox], [role=switch]";

class Keys {
  // `actions`: key → what to do.
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    this.pressed = (event) => this.press(event);
    document.addEventListener("keydown", this.pressed);
    const box = root.querySelector(".keys-on");
    box.checked = this.on;
    box.addEventListener("change", () => {
      try { localStorage.setItem(KEYS_OFF, box.checked ? "" : "1"); } catch { /* a browser that keeps nothing */ }
      this.off = !box.checked;
    });
  }

  get on() {
    if (this.off !== undefined) return !this.off;
    try { return !localStorage.getItem(KEYS_OFF); } catch { return true; }
  }

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.on) return;
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || target.closest(TYPES) || this.root.querySelector("dialog[open]")) return;
    const inside = this.root.contains(target);
    const moves = event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End";
    if (event.key === " " && target.closest(OWN_KEYS)) return;
    if (moves && !inside && target !== document.body) return;
    if ((event.key === "Home" || event.key === "End") && !target.closest(".drawing")) return;
    const act = this.actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  close() {
    document.removeEventListener("keydown", this.pressed);
  }
}
