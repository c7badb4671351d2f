// Draws cards of figures: tiles, tables, bars and charts over time. Everything a card says is decided in Python
// (dashboards/board/figures.py); here it is only laid out, and what is clicked is followed.

const TILE = 128;
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
      linked(tile.href, `tile ${tile.tone}`, [
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
    element(heading, {}, [card.href ? linked(card.href, "", [card.title], card.help) : card.title]),
    card.figure && element("p", { class: "figure" }, [
      element("b", {}, [card.figure]), card.beside && element("span", { class: "note" }, [` ${card.beside}`]),
    ]),
    card.change && element("p", { class: "note change" }, [card.change]),
    card.body && BODIES[card.body.kind](root, card.body, card),
    ...card.notes.map((note) => element("p", { class: "note" }, [note])),
  ]);
}

// ── bars, tables ────────────────────────────────────────────────────────────────────────────────────────────────────

function bars(root, body) {
  return element("ul", { class: "bars" }, body.bars.map((bar) => element("li", {}, [
    linked(bar.href, "bar", [
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
        linked(piece.href, "piece", [
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
      linked(column.href, "", [column.name], column.help),
      column.order && element("span", { "aria-hidden": "true" }, [column.order === "ascending" ? " ▲" : " ▼"]),
    ])));
  const rows = body.rows.map((row) => element("tr", {}, row.map((cell, at) => {
    const numbers = body.columns[at].is_number ? "number" : cell.text.length + cell.note.length <= SHORT ? "short" : cell.text.length > LONG ? "long" : "";
    const style = cell.shade ? `--shade: ${Math.round(cell.shade * 60)}%` : "";
    return element(at ? "td" : "th", { class: `${numbers} ${cell.tone} ${cell.shade ? "shaded" : ""}`, style, ...(at ? {} : { scope: "row" }) }, [
      linked(cell.href, "", [cell.text]), cell.note && element("span", { class: "note" }, [` ${cell.tone === "quiet" ? "· " : ""}${cell.note}`]),
    ]);
  })));
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": card.title }, [
    element("table", {}, [element("thead", {}, [head]), element("tbody", {}, rows)]),
  ]);
}
