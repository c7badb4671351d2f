// What cards and charts are made of: elements, links that are followed within the app, the box at the pointer.

const SVG = "http://www.w3.org/2000/svg";

function linked(href, name, children, help) {
  const hint = help ? { title: help } : {};
  if (!href && !name && !help) return children[0];
  if (!href) return element("span", { class: name, ...hint }, children);
  return element("a", { class: name, href, "data-in-app": "true", ...hint }, children);
}

/** Opens a page of this app as one of its links does; with a key held, in a tab of its own. */
function follow(href, event) {
  const link = element("a", { href, "data-in-app": "true" });
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    window.open(link.href, "_blank", "noopener");
    return;
  }
  document.body.append(link);
  link.click();
  link.remove();
}

function showTip(root, place, x, title, lines, row, marks) {
  root.tip.replaceChildren(
    element("b", {}, [title]),
    ...lines.map((line, at) => element("div", { class: at === row && lines.length > 1 ? "chosen" : "" }, [
      line.colour && element("span", { class: "swatch", style: `background: ${line.colour}` }), line.text,
    ])),
    ...marks.map((mark) => element("div", { class: "note" }, [`▼ ${mark}`])),
  );
  root.tip.hidden = false;
  root.tip.of = place;
  const board = root.getBoundingClientRect(), box = place.getBoundingClientRect();
  const middle = box.left - board.left + x;
  const left = middle + 14 + root.tip.offsetWidth > board.width ? middle - root.tip.offsetWidth - 14 : middle + 14;
  root.tip.style.left = `${Math.max(0, left)}px`;
  root.tip.style.top = `${box.top - board.top + 8}px`;
}

function label(x, y, text, anchor, name = "") {
  const found = shape("text", { x, y, "text-anchor": anchor, class: name });
  found.textContent = text;
  return found;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** An element; texts become text and never markup. */
function element(name, attributes, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value || key === "hidden") made.setAttribute(key, value);
  made.append(...children.filter((child) => child || child === 0));
  return made;
}
