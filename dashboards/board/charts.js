// Charts over time: their axes, what is drawn on them, and the way from period to period by mouse and keyboard.

const LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 22;

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
    if (chosen?.href) follow(chosen.href, event);
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
