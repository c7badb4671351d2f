// Draws cards of figures: tiles, tables, bars and charts over time. Everything a card says is decided in Python
// (dashboards/board/figures.py); here it is only laid out, and what is clicked is followed.

const SVG = "http://www.w3.org/2000/svg";
const TILE = 128;
const LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 22;
// Texts of so few characters, such as days, ids and words of Chinese, are not broken into lines; those of so many
// more are given room for some words in a line.
const SHORT = 14, LONG = 40;

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".board");
  const shown = JSON.stringify(data);
  if (root.shown !== shown) {
    root.shown = shown;
    root.draws = [];
    root.replaceChildren(...data.parts.map((part, at) => PARTS[part.kind](root, part, at)));
    root.tip = element("div", { class: "tip", hidden: "" });
    root.append(root.tip);
  }
  const redraw = () => root.draws.forEach((draw) => draw());
  const observer = new ResizeObserver(redraw);
  observer.observe(root);
  return () => observer.disconnect();
}

const PARTS = {
  tiles: (root, part) => {
    const list = element("ul", { class: "tiles" }, part.tiles.map((tile) => element("li", {}, [
      linked(root, tile.href, `tile ${tile.tone}`, [
        element("span", { class: "name" }, [tile.name]),
        element("span", { class: "value" }, [tile.value]),
        tile.note && element("span", { class: "note" }, [tile.note]),
      ], tile.help),
    ])));
    // rows of about the same number of tiles, so that none is left alone in the last one
    root.draws.push(() => {
      const rows = Math.ceil(part.tiles.length / Math.max(2, Math.floor(list.clientWidth / TILE)));
      list.style.setProperty("--columns", Math.ceil(part.tiles.length / rows));
    });
    return list;
  },
  section: (root, part, at) => element("section", {}, [
    part.title && element("h2", {}, [part.title]),
    ...part.notes.map((note) => element("p", { class: "note" }, [note])),
    element("div", { class: "cards", style: `--narrowest: ${part.narrowest}px` }, part.cards.map((card) =>
      drawn(root, card, part.title || at ? "h3" : "h2"))),
  ]),
};

const BODIES = { trend, stack, bars, split, table };

// `heading` is h2 where no heading of a section stands over the card: readers by ear go from heading to heading.
function drawn(root, card, heading) {
  return element("article", { class: "card" }, [
    element(heading, {}, [card.href ? linked(root, card.href, "", [card.title], card.help) : card.title]),
    card.figure && element("p", { class: "figure" }, [
      element("b", {}, [card.figure]), card.beside && element("span", { class: "note" }, [` ${card.beside}`]),
    ]),
    card.change && element("p", { class: "note change" }, [card.change]),
    card.body && BODIES[card.body.kind](root, card.body, card),
    ...card.notes.map((note) => element("p", { class: "note" }, [note])),
  ]);
}

// ── charts over time ────────────────────────────────────────────────────────────────────────────────────────────────

function overTime(root, body, card, paint, order) {
  const count = body.places.length;
  const place = element("div", {
    class: "chart", role: "slider", tabindex: "0", "aria-label": card.title, "aria-valuemin": "0",
    "aria-valuemax": String(Math.max(0, count - 1)), style: `height: ${body.height}px`,
  });
  let at = count - 1, row = 0, svg, sizes;
  const texts = () => order(at);
  const say = () => {
    place.setAttribute("aria-valuenow", String(at));
    place.setAttribute("aria-valuetext", [body.places[at].name, ...texts().map((each) => each.text)].join(", "));
  };
  const draw = () => {
    const width = place.clientWidth;
    if (!width) return;
    const across = (width - LEFT - RIGHT) / count;
    sizes = {
      width, height: body.height, across,
      x: (index) => LEFT + across * (index + 0.5),
      y: (value) => TOP + (body.height - TOP - BOTTOM) * (1 - (value - body.low) / (body.high - body.low)),
    };
    svg = shape("svg", { width, height: body.height, "aria-hidden": "true" });
    const grid = body.ticks.map((tick) => `M${LEFT} ${sizes.y(tick.at)}H${width - RIGHT}`).join("");
    svg.append(shape("path", { d: grid, class: "grid" }));
    for (const tick of body.ticks) svg.append(label(LEFT - 6, sizes.y(tick.at) + 4, tick.name, "end"));
    placeNames(svg, body.places, sizes);
    paint(svg, sizes);
    for (const mark of body.marks) {
      const x = LEFT + across * mark.at;
      svg.append(shape("path", { d: `M${x} ${TOP}V${body.height - BOTTOM}`, class: "mark" }));
      svg.append(label(Math.min(x, width - 24), TOP + 9, "▼", "middle", "marker"));
    }
    svg.cursor = shape("path", { class: "cursor" });
    svg.append(svg.cursor);
    place.replaceChildren(svg);
  };
  const point = (index, chosen) => {
    at = Math.max(0, Math.min(count - 1, index));
    const all = texts();
    row = Math.max(0, Math.min(all.length - 1, chosen));
    say();
    if (!svg) return;
    svg.cursor.setAttribute("d", `M${sizes.x(at)} ${TOP}V${body.height - BOTTOM}`);
    const marks = body.marks.filter((mark) => mark.at === at).map((mark) => mark.name);
    showTip(root, place, sizes.x(at), body.places[at].name, all, row, marks);
  };
  const leave = () => { svg?.cursor.removeAttribute("d"); root.tip.hidden = true; };
  const of = (event) => {
    const box = place.getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - LEFT) / sizes.across);
    const value = body.low + (body.high - body.low)
      * (1 - (event.clientY - box.top - TOP) / (body.height - TOP - BOTTOM));
    at = Math.max(0, Math.min(count - 1, index));
    const found = texts().findIndex((each) => value >= each.from && value <= each.to);
    return [at, Math.max(0, found)];
  };
  const open = (event) => {
    const chosen = texts()[row];
    if (chosen?.href) follow(root, chosen.href, event);
  };
  place.addEventListener("pointermove", (event) => event.pointerType === "mouse" && point(...of(event)));
  place.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
  place.addEventListener("click", (event) => {
    const before = [at, row], isOpen = !root.tip.hidden && root.tip.of === place;
    point(...of(event));
    // a finger has no pointer that rests: its first touch shows, the second one on the same place opens
    if (event.pointerType !== "touch" || (isOpen && before[0] === at)) open(event);
  });
  place.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 };
    if (event.key in moves) point(moves[event.key], row);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") point(at, row + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter") open(event);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  });
  place.addEventListener("focus", () => place.matches(":focus-visible") && point(at, row));
  place.addEventListener("blur", leave);
  say();
  root.draws.push(draw);
  return place;
}

function trend(root, body, card) {
  const byPlace = new Map(body.points.map((each) => [each.at, each]));
  const order = (at) => {
    const found = byPlace.get(at);
    const own = found ? { text: found.text, href: found.href, from: -Infinity, to: Infinity } : { text: body.nothing };
    return [own, ...body.others.filter((each) => each.texts[at]).map((each) => ({ text: `${each.name}: ${each.texts[at]}` }))];
  };
  const chart = overTime(root, body, card, (svg, { x, y, across }) => {
    const radius = Math.max(1.2, Math.min(3.5, across / 3));
    let line = "", spans = "", dots = "", previous = -9;
    for (const each of body.points) {
      const isBroken = each.at !== previous + 1 || body.marks.some((mark) => mark.at === each.at);
      line += `${isBroken ? "M" : "L"}${x(each.at)} ${y(each.mean)}`;
      previous = each.at;
      if (each.low !== null) spans += `M${x(each.at)} ${y(each.low)}V${y(each.high)}`;
      dots += `M${x(each.at) - radius} ${y(each.mean)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
    }
    body.others.forEach((each, number) => {
      let course = "", isOn = false;
      each.values.forEach((value, at) => {
        if (value !== null) course += `${isOn ? "L" : "M"}${x(at)} ${y(value)}`;
        isOn = value !== null;
      });
      svg.append(shape("path", { d: course, class: `other other-${number}` }));
    });
    svg.append(
      shape("path", { d: spans, class: "span", "stroke-width": Math.max(1, Math.min(6, across * 0.6)) }),
      shape("path", { d: line, class: "line" }), shape("path", { d: dots, class: "dots" }),
    );
  }, order);
  if (!body.others.length) return chart;
  return element("div", {}, [chart, element("ul", { class: "legend", "aria-hidden": "true" }, body.others.map((each, number) =>
    element("li", {}, [element("span", { class: `dash dash-${number}` }), each.name])))]);
}

function stack(root, body, card) {
  const order = (at) => {
    let from = 0;
    const found = [];
    for (const series of body.series) {
      const value = series.values[at];
      if (value) found.push({ text: series.texts[at], href: series.hrefs[at], colour: series.colour, from, to: from + value });
      from += value;
    }
    return found.length ? found.reverse() : [{ text: body.nothing }];
  };
  const chart = overTime(root, body, card, (svg, { x, y, across }) => {
    const bar = across > 4 ? across * 0.8 : across;
    const begin = body.places.map(() => 0);
    for (const series of body.series) {
      let d = "";
      series.values.forEach((value, at) => {
        if (value) d += `M${x(at) - bar / 2} ${y(begin[at])}H${x(at) + bar / 2}V${y(begin[at] + value)}H${x(at) - bar / 2}Z`;
        begin[at] += value;
      });
      svg.append(shape("path", { d, fill: series.colour }));
    }
  }, order);
  return element("div", {}, [chart, legend(body.series)]);
}

function placeNames(svg, places, { x, width, height }) {
  let free = -Infinity;
  places.forEach((each, at) => {
    const half = [...each.short].reduce((sum, letter) => sum + (letter > "\u2e80" ? 6 : 3.4), 0);
    const middle = Math.max(LEFT + half - 8, Math.min(width - half, x(at)));
    if (middle - half < free) return;
    free = middle + half + 10;
    svg.append(label(middle, height - 6, each.short, "middle"));
  });
}

// ── bars, tables ────────────────────────────────────────────────────────────────────────────────────────────────────

function bars(root, body) {
  return element("ul", { class: "bars" }, body.bars.map((bar) => element("li", {}, [
    linked(root, bar.href, "bar", [
      element("span", { class: "name" }, [bar.name]),
      element("span", { class: "track" }, [
        element("span", { class: "fill", style: `width: ${bar.share * 100}%; background: ${bar.colour || ""}` }),
      ]),
      element("span", { class: "note" }, [bar.text]),
    ]),
  ])));
}

function split(root, body) {
  return element("div", {}, [
    element("ul", { class: "splits" }, body.rows.map((row) => element("li", {}, [
      element("span", { class: "name" }, [row.name]),
      element("ul", { class: "split" }, row.pieces.map((piece) => element("li", { style: `flex-grow: ${piece.share}` }, [
        linked(root, piece.href, "piece", [
          element("span", { style: `background: ${piece.colour}; color: ${piece.ink}` }, [
            piece.name, element("span", { class: "hidden" }, [piece.text]),
          ]),
        ], piece.text),
      ]))),
    ]))),
    legend(body.series),
  ]);
}

function legend(series) {
  return element("ul", { class: "legend", "aria-hidden": "true" }, series.map((each) => element("li", {}, [
    element("span", { style: `background: ${each.colour}` }), each.name,
  ])));
}

function table(root, body, card) {
  const head = element("tr", {}, body.columns.map((column) =>
    element("th", { scope: "col", class: column.is_number ? "number" : "", "aria-sort": column.order }, [
      linked(root, column.href, "", [column.name], column.help),
      column.order && element("span", { "aria-hidden": "true" }, [column.order === "ascending" ? " ▲" : " ▼"]),
    ])));
  const rows = body.rows.map((row) => element("tr", {}, row.map((cell, at) => {
    const numbers = body.columns[at].is_number ? "number" : cell.text.length <= SHORT ? "short" : cell.text.length > LONG ? "long" : "";
    const style = cell.shade ? `--shade: ${Math.round(cell.shade * 60)}%` : "";
    return element(at ? "td" : "th", { class: `${numbers} ${cell.tone} ${cell.shade ? "shaded" : ""}`, style, ...(at ? {} : { scope: "row" }) }, [
      linked(root, cell.href, "", [cell.text]), cell.note && element("span", { class: "note" }, [` ${cell.tone === "quiet" ? "· " : ""}${cell.note}`]),
    ]);
  })));
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": card.title }, [
    element("table", {}, [element("thead", {}, [head]), element("tbody", {}, rows)]),
  ]);
}

// ── small things ────────────────────────────────────────────────────────────────────────────────────────────────────

function linked(root, href, name, children, help) {
  const hint = help ? { title: help } : {};
  if (!href && !name && !help) return children[0];
  if (!href) return element("span", { class: name, ...hint }, children);
  const link = element("a", { class: name, href, ...hint }, children);
  link.addEventListener("click", (event) => follow(root, href, event));
  return link;
}

/** Opens a page of this app without loading the app again; with a key held, as the browser opens links.
 *
 * The app follows the address after `popstate`, as for the browser's own Back and Forward: no round trip through the
 * page that is left, and one entry of the history. */
function follow(root, href, event) {
  const isAside = event.ctrlKey || event.metaKey || event.shiftKey;
  if (isAside && event.currentTarget.tagName === "A") return;
  event.preventDefault();
  if (isAside) {
    window.open(href, "_blank", "noopener");
    return;
  }
  window.history.pushState(window.history.state, "", href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
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
