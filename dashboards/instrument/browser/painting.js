// How the board is painted. Colours are the theme's: they are read anew for each picture.

const TINT = 0.1;

// How much a rule matters, as a shape at the begin of its place: corners from the centre, in halves of the height.
const SEVERITY_SHAPES = {
  critical: [[0, -1], [1, 0], [0, 1], [-1, 0]],
  high: [[0, -1], [1, 0.9], [-1, 0.9]],
  medium: [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
  low: [[-1, -0.9], [1, -0.9], [0, 1]],
};

function paint(board) {
  const { canvas, width, height } = board;
  if (!width) return;
  const dense = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    canvas.style.height = `${height}px`;
    board.drawing.style.height = `${height}px`;
  }
  const style = getComputedStyle(board.root);
  const colour = (name) => name.startsWith("#") ? name : style.getPropertyValue(`--st-${name}-color`).trim() || style.color;
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  paintAxis(board, pen, colour, style.fontFamily);
  for (const row of board.rows) {
    if (row.what === "wave") paintWave(board, pen, colour, row);
    if (row.what === "lane") paintLane(board, pen, colour, row);
    if (row.what === "kind") paintKind(board, pen, colour, row);
  }
  paintUnrecorded(board, pen, colour);
  paintBorders(board, pen, colour);
  pen.fillStyle = colour("primary");
  for (const ms of board.ticks) {
    if (ms >= board.from && ms <= board.to) pen.fillRect(board.x(ms) - 1, AXIS - 6, 2, 6);
  }
}

function paintAxis(board, pen, colour, font) {
  const perPixel = (board.to - board.from) / board.width;
  const step = STEPS_MS.find((each) => each / perPixel >= 76) || STEPS_MS.at(-1);
  pen.font = `11px ${font}`;
  pen.textBaseline = "top";
  for (let ms = Math.ceil(board.from / step) * step; ms <= board.to; ms += step) {
    const x = Math.round(board.x(ms)) + 0.5;
    pen.strokeStyle = colour("border");
    pen.beginPath();
    pen.moveTo(x, AXIS - 4);
    pen.lineTo(x, board.height);
    pen.stroke();
    const text = clock(ms, step < 1000), wide = pen.measureText(text).width;
    pen.fillStyle = colour("text");
    pen.fillText(text, Math.max(0, Math.min(board.width - wide, x - wide / 2)), 1);
  }
}

function paintWave(board, pen, colour, row) {
  const middle = row.top + row.height / 2, half = row.height / 2 - 1;
  const perPixel = (board.to - board.from) / board.width;
  for (const mark of board.call.sent.marks) {
    const sounds = board.looks.sounds[mark.kind];
    if (!sounds || mark.role !== row.role) continue;
    const x = board.x(mark.begin_ms), wide = Math.max(1, board.x(mark.end_ms) - x);
    pen.fillStyle = colour(sounds);
    // a tint that leaves the outline readable, and a line that says which sound it is
    pen.globalAlpha = TINT;
    pen.fillRect(x, row.top, wide, row.height);
    pen.globalAlpha = 1;
    pen.fillRect(x, row.top + row.height, wide, GAP);
  }
  pen.fillStyle = colour(board.looks.roles[board.call.shown(row.role)].colour);
  pen.fillRect(0, middle - 0.5, board.width, 1);
  const level = board.outline.levelFor(perPixel);
  const wide = Math.max(1, Math.ceil(board.outline.perPair / perPixel));
  for (let x = 0; x < board.width; x += wide) {
    const begin = board.from + x * perPixel;
    if (begin >= board.call.length) break;
    const found = board.outline.between(row.channel.id, begin, begin + wide * perPixel, level);
    if (!found) continue;
    const [low, high] = found.map((value) => Math.max(-1, Math.min(1, value)));
    pen.fillRect(x, middle - high * half, Math.max(1, wide - 0.4), Math.max(1, (high - low) * half));
  }
}

function paintLane(board, pen, colour, row) {
  const { call, looks } = board;
  pen.fillStyle = colour("secondary-background");
  pen.fillRect(0, row.top, board.width, BAR);
  const role = colour(looks.roles[call.shown(row.role)].colour);
  let from = call.begunBy(board.from);
  while (from > 0 && call.latestEnds[from] > board.from) from--;
  for (let number = Math.max(0, from); number < call.timed && call.sentences[number].begin <= board.to; number++) {
    const item = call.sentences[number];
    if (item.role !== row.role || item.end < board.from) continue;
    const x = board.x(item.begin), wide = Math.max(1, board.x(item.end) - x - 1);
    pen.fillStyle = role;
    pen.fillRect(x, row.top, wide, BAR);
    if (!looks.felt.includes(row.role)) continue;
    pen.fillStyle = colour((looks.emotions[item.emotion] || looks.emotions[""]).colour);
    if (item.emotion === null) pen.fillRect(x, row.top + BAR + 4, wide, 1);
    else pen.fillRect(x, row.top + BAR + 2, wide, row.height - BAR - 3);
  }
}

function paintKind(board, pen, colour, row) {
  pen.fillStyle = colour("secondary-background");
  pen.fillRect(0, row.top + row.height / 2 - 1, board.width, 2);
  const look = board.looks.kinds[row.kind] || "primary";
  for (const mark of board.call.sent.marks) {
    if (mark.kind !== row.kind || mark.end_ms < board.from || mark.begin_ms > board.to) continue;
    // findings that follow each other at once stay two
    const x = board.x(mark.begin_ms), wide = Math.max(5, board.x(mark.end_ms) - x - 2);
    pen.fillStyle = colour(look);
    pen.beginPath();
    if (mark.severity) severityPath(pen, mark.severity, x, wide, row);
    else pen.roundRect(x, row.top + 2, wide, row.height - 4, 3);
    pen.fill();
    if (mark === board.chosen) {
      pen.strokeStyle = colour("text");
      pen.lineWidth = 2;
      pen.stroke();
      pen.lineWidth = 1;
    }
  }
}

// A thin bar for how long, and the shape for how much it matters; a circle for what is only to be known.
function severityPath(pen, severity, x, wide, row) {
  const half = row.height / 2 - 1, middle = row.top + row.height / 2, corners = SEVERITY_SHAPES[severity];
  const centre = x + half;
  pen.rect(centre, middle - 1.5, Math.max(0, wide - half), 3);
  if (!corners) {
    pen.moveTo(centre + half, middle);
    pen.arc(centre, middle, half * 0.8, 0, 2 * Math.PI);
    return;
  }
  corners.forEach(([right, down], place) => {
    if (place) pen.lineTo(centre + right * half, middle + down * half);
    else pen.moveTo(centre + right * half, middle + down * half);
  });
  pen.closePath();
}

// Where a call goes on in another recording, a line goes through all lanes.
function paintBorders(board, pen, colour) {
  pen.strokeStyle = colour("text");
  pen.setLineDash([4, 3]);
  for (const mark of board.call.sent.marks) {
    if (mark.kind !== "recording" || !mark.begin_ms || mark.begin_ms < board.from || mark.begin_ms > board.to) continue;
    const x = Math.round(board.x(mark.begin_ms)) - 0.5;
    pen.beginPath();
    pen.moveTo(x, AXIS);
    pen.lineTo(x, board.height);
    pen.stroke();
  }
  pen.setLineDash([]);
}

// What no recording holds is hatched over all lanes.
function paintUnrecorded(board, pen, colour) {
  pen.strokeStyle = colour("gray");
  for (const mark of board.call.sent.marks) {
    if (mark.kind !== "unrecorded" || mark.end_ms < board.from || mark.begin_ms > board.to) continue;
    const from = Math.max(0, board.x(mark.begin_ms)), to = Math.min(board.width, board.x(mark.end_ms));
    pen.save();
    pen.beginPath();
    pen.rect(from, AXIS, to - from, board.height - AXIS);
    pen.clip();
    pen.beginPath();
    for (let x = from - board.height; x < to; x += 7) {
      pen.moveTo(x, board.height);
      pen.lineTo(x + board.height, 0);
    }
    pen.stroke();
    pen.restore();
  }
}
