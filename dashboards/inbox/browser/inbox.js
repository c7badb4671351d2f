// The inbox in the browser: kinds, search and order change at once and stand in the address; only assigning is the
// server's.

const make = (tag, classes = "", text) => {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (text !== undefined) element.textContent = text;
  return element;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// A browser takes a second for a thousand rows, which nobody reads at once.
const SHOWN_AT_FIRST = 100;

class Inbox {
  constructor(root, tell) {
    Object.assign(this, { root, tell, ticked: new Set(), most: SHOWN_AT_FIRST });
    const asked = new URLSearchParams(location.search);
    this.kind = asked.get("kind") || "";
    this.words = asked.get("find") || "";
    this.sort = asked.get("sort") || "";
    this.falls = asked.get("order") === "down";
  }

  update(data) {
    this.data = data;
    const there = new Set(data.rows.map((row) => row.task).filter(Boolean));
    this.ticked = new Set([...this.ticked].filter((task) => there.has(task)));
    this.build();
    this.show();
  }

  build() {
    const { labels } = this.data;
    const chips = make("div", "kinds");
    chips.setAttribute("role", "group");
    chips.setAttribute("aria-label", labels.kinds);
    this.chips = [["", labels.all, this.data.rows.length], ...this.data.kinds].map(([kind, word, count]) => {
      const chip = make("button", "kind", "");
      chip.type = "button";
      chip.append(make("span", "", word), make("b", "", String(count)));
      chip.dataset.kind = kind;
      chip.addEventListener("click", () => this.change({ kind: this.kind === kind ? "" : kind }));
      return chip;
    });
    chips.append(...this.chips);
    const field = make("input", "find");
    Object.assign(field, { type: "search", placeholder: labels.find, value: this.words, autocomplete: "off" });
    field.setAttribute("aria-label", labels.find);
    field.addEventListener("input", () => this.change({ words: field.value }));
    const bar = make("div", "bar");
    bar.append(chips, field);
    this.frame = make("div", "frame");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "region");
    this.frame.setAttribute("aria-label", labels.inbox);
    this.empty = make("p", "empty");
    this.empty.setAttribute("role", "status");
    const had = this.root.querySelector(".find") === this.root.getRootNode().activeElement && this.root.querySelector(".find");
    const place = had ? had.selectionStart : 0;
    this.more = make("button", "more");
    this.more.type = "button";
    this.more.addEventListener("click", () => {
      this.most = Infinity;
      this.show();
      this.frame.focus();
    });
    this.root.replaceChildren(bar, this.frame, this.more, this.empty, this.assigning());
    if (had) {
      field.focus();
      field.setSelectionRange(place, place);
    }
  }

  change(values) {
    Object.assign(this, values);
    const url = new URL(location.href);
    const kept = { kind: this.kind, find: this.words, sort: this.sort, order: this.falls ? "down" : "" };
    for (const [name, value] of Object.entries(kept)) {
      if (value) url.searchParams.set(name, value); else url.searchParams.delete(name);
    }
    history.replaceState(history.state, "", url);
    this.show();
  }

  get rows() {
    const words = folded(this.words).split(/\s+/).filter(Boolean);
    const found = this.data.rows.filter((row) =>
      (!this.kind || row.kinds.includes(this.kind)) &&
      words.every((word) => folded(row.cells.map(([text, below = ""]) => `${text} ${below}`).join(" ")).includes(word)));
    const place = this.data.columns.findIndex((column) => column.key === this.sort);
    if (place < 0) return found;
    const by = (row) => {
      const [text, , , order = text] = row.cells[place];
      return order;
    };
    const compare = (one, other) => (typeof one === "number" ? one - other : String(one).localeCompare(String(other)));
    return found.sort((one, other) => {
      const [a, b] = [by(one), by(other)];
      // what has no value comes last, whichever way
      if (a === null || b === null) return (a === null) - (b === null);
      return this.falls ? compare(b, a) : compare(a, b);
    });
  }

  show() {
    const { labels, columns } = this.data, found = this.rows, rows = found.slice(0, this.most);
    this.more.hidden = rows.length === found.length;
    this.more.textContent = fill(labels.more, { n: found.length });
    for (const chip of this.chips) chip.setAttribute("aria-pressed", chip.dataset.kind === this.kind);
    const shows_ticks = this.data.people.length > 0 && rows.some((row) => row.assignable);
    const head = make("tr");
    if (shows_ticks) head.append(make("td", "tick"));
    for (const column of columns) {
      const heading = make("th"), button = make("button", "", column.title);
      heading.scope = "col";
      const sorted = this.sort === column.key;
      heading.setAttribute("aria-sort", sorted ? (this.falls ? "descending" : "ascending") : "none");
      button.type = "button";
      if (sorted) button.append(make("span", "arrow", this.falls ? " ↓" : " ↑"));
      button.addEventListener("click", () => this.change({ sort: column.key, falls: sorted ? !this.falls : false }));
      heading.append(button);
      head.append(heading);
    }
    const table = make("table"), top = make("thead"), body = make("tbody");
    table.append(make("caption", "", labels.inbox), top, body);
    top.append(head);
    body.append(...rows.map((row) => this.line(row, shows_ticks)));
    const focused = this.root.getRootNode().activeElement?.dataset?.id;
    this.frame.replaceChildren(table);
    if (focused) this.frame.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
    this.frame.hidden = !rows.length;
    this.empty.hidden = rows.length > 0;
    this.empty.textContent = this.words && this.data.rows.length ? labels.nothing_found : labels.empty[this.kind || "all"];
    this.counted();
  }

  line(row, shows_ticks) {
    const { labels, columns } = this.data, line = make("tr", row.is_late ? "late" : "");
    if (shows_ticks) {
      const cell = make("td", "tick");
      if (row.assignable) {
        const box = make("input");
        box.type = "checkbox";
        box.checked = this.ticked.has(row.task);
        box.setAttribute("aria-label", fill(labels.tick, { call: row.call }));
        box.addEventListener("change", () => {
          if (box.checked) this.ticked.add(row.task); else this.ticked.delete(row.task);
          this.counted();
        });
        cell.append(box);
      }
      line.append(cell);
    }
    row.cells.forEach(([text, below, mark], place) => {
      const element = make(place ? "td" : "th");
      if (!place) element.scope = "row";
      element.dir = "auto";
      element.dataset.label = columns[place].title;
      if (place) element.append(make("span", "text", text));
      else element.append(this.opening(row, text));
      if (mark) element.append(make("span", "mark", mark));
      if (below) element.append(make("span", "below", below));
      line.append(element);
    });
    return line;
  }

  opening(row, text) {
    const link = make("a", "", text);
    link.href = row.address;
    link.dataset.id = row.id;
    link.dataset.inApp = "";
    return link;
  }

  assigning() {
    const { labels, people } = this.data;
    this.bar = make("div", "assigning");
    const select = make("select");
    select.setAttribute("aria-label", labels.assign_to);
    select.append(new Option(labels.nobody, ""), ...people.map((login) => new Option(login, login)));
    const assign = make("button", "primary", labels.assign);
    assign.type = "button";
    assign.addEventListener("click", () => {
      this.tell("assign", { tasks: [...this.ticked], to: select.value });
      this.ticked.clear();
    });
    this.said = make("span", "said");
    this.bar.append(this.said, select, assign);
    return this.bar;
  }

  counted() {
    this.bar.hidden = !this.ticked.size;
    this.said.textContent = fill(this.data.labels.ticked, { n: this.ticked.size });
  }
}

const boxes = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let inbox = boxes.get(parentElement);
  if (!inbox) {
    inbox = new Inbox(parentElement.querySelector(".inbox"), setTriggerValue);
    boxes.set(parentElement, inbox);
  }
  inbox.update(data);
}
