// The table of calls: texts only, never markup. Ticks stay in the browser; sorting asks the server.

const kept = new WeakMap();

// A narrow screen lays the table out as cards, and a browser forgets then that it is one; the roles say it again.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

const make = (name, properties = {}, ...children) => {
  const element = document.createElement(name);
  if (element.tagName in ROLES) element.setAttribute("role", ROLES[element.tagName]);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-") || key === "role" || key === "scope" || key === "colspan") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
};

const withNumber = (text, place, value) => text.replace(`{${place}}`, value);

const opening = (address, ...children) => {
  const link = make("a", { href: address }, ...children);
  link.dataset.inApp = "";
  return link;
};

const marked = (mark, labels) => {
  if (mark === null) return make("span", { className: "between", title: labels.between }, "…");
  const dot = make("span", { className: "dot", "aria-hidden": "true" });
  dot.style.background = mark.colour;
  return make("span", { className: "mark" }, dot, mark.word);
};

const cellOf = (cell, column, row, labels) => {
  const parts = [];
  if (cell.marks.length) {
    const marks = make("span", { className: "marks" });
    cell.marks.forEach((mark, place) => {
      if (place) marks.append(make("span", { className: "step", "aria-hidden": "true" }, " → "));
      marks.append(marked(mark, labels));
    });
    parts.push(marks);
  } else if (cell.leads) parts.push(opening(row.address, cell.text));
  else parts.push(make("span", { className: "text" }, cell.text));
  if (cell.below) parts.push(make("span", { className: "below" }, cell.below));
  const name = cell.leads ? "th" : "td";
  const element = make(name, { className: column.number ? "number" : "" }, ...parts);
  if (cell.leads) {
    element.setAttribute("scope", "row");
    element.setAttribute("role", "rowheader");
  }
  element.dir = "auto";
  element.dataset.label = column.title;
  return element;
};

const hitsOf = (row, width, labels) => {
  if (!row.hits.length) return null;
  const list = make("ul", { className: "hits" });
  for (const hit of row.hits) {
    const said = make("span", { dir: "auto", className: "said" });
    for (const [text, isHit] of hit.parts) said.append(isHit ? make("mark", {}, text) : text);
    const place = hit.clock ? opening(hit.address, hit.clock) : null;
    list.append(make("li", {}, place, make("span", { className: "who" }, hit.role), said));
  }
  if (row.more) list.append(make("li", { className: "below" }, `+ ${withNumber(labels.more, "n", row.more)}`));
  return make("tr", { className: "found" }, make("td", { className: "tick" }), make("td", { colspan: String(width) }, list));
};

export default function ({ data, parentElement, setTriggerValue }) {
  const { columns, rows, files, labels } = data;
  const state = kept.get(parentElement) ?? { ticked: new Set() };
  kept.set(parentElement, state);
  const there = new Set(rows.map((row) => row.id));
  state.ticked = new Set([...state.ticked].filter((id) => there.has(id)));

  const boxes = new Map();

  const whole = make("input", { type: "checkbox", "aria-label": labels.all });
  const said = make("span", { className: "selected", "aria-live": "polite" });
  const clear = make("button", { type: "button", className: "plain" }, labels.clear);
  const links = Object.entries(files).map(([word, address]) => {
    const link = make("a", { className: "file", download: "" }, word);
    link.dataset.address = address;
    return link;
  });

  const show = () => {
    const number = state.ticked.size;
    whole.checked = number > 0 && number === rows.length;
    whole.indeterminate = number > 0 && number < rows.length;
    for (const [id, box] of boxes) box.checked = state.ticked.has(id);
    said.textContent = number ? withNumber(labels.selected, "n", number) : labels.whole;
    clear.hidden = number === 0;
    for (const link of links) {
      const only = [...state.ticked].map((id) => `&only=${encodeURIComponent(id)}`).join("");
      link.href = link.dataset.address + only;
    }
  };
  whole.onchange = () => {
    state.ticked = new Set(whole.checked ? rows.map((row) => row.id) : []);
    show();
  };
  clear.onclick = () => {
    state.ticked = new Set();
    show();
    whole.focus();
  };

  const headings = columns.map((column) => {
    const arrow = { ascending: "↑", descending: "↓", none: "" }[column.sorted];
    const button = make("button", {
      type: "button",
      title: column.about,
      onclick: () => setTriggerValue("sort", { key: column.key, falls: column.falls }),
    }, column.title, make("span", { className: "arrow", "aria-hidden": "true" }, arrow));
    const heading = make("th", { scope: "col", role: "columnheader", "aria-sort": column.sorted, className: column.number ? "number" : "" }, button);
    return heading;
  });

  const lines = rows.flatMap((row) => {
    const box = make("input", { type: "checkbox", "aria-label": withNumber(labels.one, "call", row.id) });
    box.onchange = () => {
      if (box.checked) state.ticked.add(row.id);
      else state.ticked.delete(row.id);
      show();
    };
    boxes.set(row.id, box);
    const cells = row.cells.map((cell, place) => cellOf(cell, columns[place], row, labels));
    const line = make("tr", {}, make("td", { className: "tick" }, box), ...cells);
    return [line, hitsOf(row, columns.length, labels)].filter(Boolean);
  });

  const bar = links.length ? make("div", { className: "bar" }, said, clear, ...links) : null;
  const table = make("table", {},
    make("caption", {}, labels.calls),
    make("thead", {}, make("tr", {}, make("td", { className: "tick" }, whole), ...headings)),
    make("tbody", {}, ...lines));
  const frame = make("div", { className: "frame", tabIndex: 0, role: "region", "aria-label": labels.calls }, table);
  const before = parentElement.querySelector(".frame");
  const [left, top] = before ? [before.scrollLeft, before.scrollTop] : [0, 0];
  for (const old of parentElement.querySelectorAll(".bar, .frame")) old.remove();
  if (bar) parentElement.append(bar);
  parentElement.append(frame);
  frame.scrollLeft = left;
  frame.scrollTop = top;
  show();
}
