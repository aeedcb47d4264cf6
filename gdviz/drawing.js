// How an artist's numbers become pixels of a canvas.

const PX_PER_POINT = 100 / 72; // a picture is shown at 100 CSS pixels per inch
const FAR = 1e6; // pixels; canvas coordinates beyond this lose precision
const RAMP = 6; // the score at the end of a ramp of colours

const logistic = (v) => 1 / (1 + Math.exp(-v));
const SCALES = { linear: (v) => v, log: (v) => (v <= 0 ? -FAR : Math.log10(v)) };
const UNSCALES = { linear: (v) => v, log: (v) => 10 ** v };

/** Maps data to CSS pixels (and back) inside one axes of a picture `width` x `height`. */
function axesMap({ box, xlim, ylim, xscale, yscale }, width, height) {
  const [left, bottom, w, h] = box;
  const span = (lim, scale) => lim.map(SCALES[scale]);
  const [x0, x1] = span(xlim, xscale);
  const [y0, y1] = span(ylim, yscale);
  const rect = { x: left * width, y: (1 - bottom - h) * height, w: w * width, h: h * height };
  const clamp = (v) => Math.max(-FAR, Math.min(FAR, v));
  return {
    rect,
    x: (v) => clamp(rect.x + ((SCALES[xscale](v) - x0) / (x1 - x0)) * rect.w),
    y: (v) => clamp(rect.y + (1 - (SCALES[yscale](v) - y0) / (y1 - y0)) * rect.h),
    // fractions of the box, from its top left, to data
    data: (fx, fy) => [
      UNSCALES[xscale](x0 + fx * (x1 - x0)),
      UNSCALES[yscale](y0 + (1 - fy) * (y1 - y0)),
    ],
  };
}

/** The corners of a tangent or an arrow of fixed length on screen. */
function pointer(map, x, y, dx, dy, length, kind) {
  const [px, py] = [map.x(x), map.y(y)];
  const h = (1e-3 * Math.abs(map.data(1, 0)[0] - map.data(0, 0)[0])) / Math.hypot(dx, dy);
  let [ax, ay] = [map.x(x + h * dx) - px, map.y(y + h * dy) - py];
  const scale = length / Math.hypot(ax, ay);
  [ax, ay] = [ax * scale, ay * scale];
  const tip = [px + ax, py + ay];
  if (kind === "tangent") return [[px - ax, py - ay], tip];
  const barb = (side) => [tip[0] - 0.25 * ax - side * 0.12 * ay, tip[1] - 0.25 * ay + side * 0.12 * ax];
  return [[px, py], tip, barb(1), tip, barb(-1)];
}

/** The part of every line that `reveal` lets us see, as pixel pairs; NaN breaks a line. */
function visible({ follow, reach }, columns, reveal, map, unit) {
  const [x, y, ...more] = columns;
  const points = Math.max(x.points, y.points);
  const runs = Math.max(x.values.length / x.points, y.values.length / y.points);
  const last = Math.min(reveal, points - 1);
  const latest = [last, last];
  const spans = { trail: [0, last], point: latest, first: [0, 0], tangent: latest, arrow: latest };
  const [from, to] = spans[follow] ?? [0, points - 1];
  const at = (column, run, k) =>
    column.values[((run * column.points) % column.values.length) + (column.points > 1 ? k : 0)];
  const lines = [];
  const curve = follow === "curve"; // lines of its own for every step
  const first = curve ? Math.min(reveal, runs / y.lines - 1) * y.lines : 0;
  for (let run = first; run < (curve ? first + y.lines : runs); run++) {
    const line = [];
    for (let k = from; k <= to; k++) line.push([map.x(at(x, run, k)), map.y(at(y, run, k))]);
    lines.push(line);
  }
  if (follow === "tangent" || follow === "arrow") {
    const [dx, dy] = follow === "tangent" ? [1, at(more[0], 0, last)] : more.map((d) => at(d, 0, last));
    lines[0] = pointer(map, at(x, 0, last), at(y, 0, last), dx, dy, reach * unit, follow);
  }
  return lines;
}

/** The line that two numbers stand for: a + p b + q c, maybe squeezed to 0..1. They are given at
 * the shown step, or the place under the pointer; where there is none there is no line. */
function mixed({ follow }, [across, ...terms], reveal, under) {
  const shown = ({ values, points }) => values[Math.min(reveal, points - 1)];
  const given = follow.startsWith("hover") ? under : terms.slice(3).map(shown);
  if (!given) return null;
  const squeeze = follow.endsWith("logistic") ? logistic : (v) => v;
  const heights = across.values.map((_, k) => {
    const [a, b, c] = terms.map(({ values, points }) => values[points > 1 ? k : 0]);
    return squeeze(a + given[0] * b + given[1] * c);
  });
  return [across, { values: heights, points: across.points }];
}

/** A score a + b x + c y at the shown step, as the screen sees it: what it is in the middle of the
 * box, where it is `s` straight ahead from there, and the direction in which it stays the same. */
function scored(columns, reveal, map) {
  const [a, b, c] = columns.map(({ values, points }) => values[Math.min(reveal, points - 1)]);
  const { x, y, w, h } = map.rect;
  const [[left, top], [right, bottom]] = [map.data(0, 0), map.data(1, 1)];
  const [gx, gy] = [(b * (right - left)) / w, (c * (bottom - top)) / h];
  const steep = Math.hypot(gx, gy);
  const middle = a + (b * (left + right)) / 2 + (c * (top + bottom)) / 2;
  const ahead = (s) => (s - middle) / steep / steep;
  const foot = (s) => [x + w / 2 + ahead(s) * gx, y + h / 2 + ahead(s) * gy];
  return { middle, foot, along: [-gy / steep, gx / steep] };
}

/** The straight line on which a score is `level`. */
function levelLine([a, b, c, level], reveal, map) {
  const { foot, along } = scored([a, b, c], reveal, map);
  const [far, [x, y]] = [map.rect.w + map.rect.h, foot(level.values[0])];
  return [-far, far].map((t) => [x + t * along[0], y + t * along[1]]);
}

/** Fills the box with the colours of a score, given from -RAMP to RAMP. */
function drawRamp(ctx, { colors, alpha }, columns, reveal, map) {
  const { middle, foot } = scored(columns, reveal, map);
  if (Number.isNaN(middle)) return;
  const ends = [...foot(-RAMP), ...foot(RAMP)];
  const [share, last] = [(middle + RAMP) / (2 * RAMP), colors.length - 1];
  ctx.save();
  ctx.fillStyle = colors[Math.round(last * Math.max(0, Math.min(1, share)))]; // where it is level
  if (ends.every((v) => Math.abs(v) < FAR)) {
    const ramp = ctx.createLinearGradient(...ends);
    colors.forEach((color, i) => ramp.addColorStop(i / last, color));
    ctx.fillStyle = ramp;
  }
  ctx.globalAlpha = alpha;
  ctx.fillRect(map.rect.x, map.rect.y, map.rect.w, map.rect.h);
  ctx.restore();
}

/** Strokes each line by itself: one path of many crossing lines takes far longer to fill. */
function strokeLines(ctx, lines) {
  for (const line of lines) {
    let pen = false;
    ctx.beginPath();
    for (const [x, y] of line) {
      if (Number.isNaN(x + y)) pen = false;
      else if (pen) ctx.lineTo(x, y);
      else {
        ctx.moveTo(x, y);
        pen = true;
      }
    }
    ctx.stroke();
  }
}

/** Fills all dots as one path, which is many times faster than each by itself. */
function drawDots(ctx, lines, dot, unit, { x, y, w, h }) {
  const size = (dot.size * unit) / 2;
  ctx.setLineDash([]);
  ctx.fillStyle = dot.face;
  ctx.strokeStyle = dot.edge;
  ctx.lineWidth = dot.edgewidth * unit;
  ctx.beginPath();
  for (const line of lines)
    for (const [px, py] of line) {
      if (!(px > x - size && px < x + w + size && py > y - size && py < y + h + size)) continue;
      ctx.moveTo(px + size, py);
      if (dot.square) ctx.rect(px - size, py - size, 2 * size, 2 * size);
      else ctx.arc(px, py, size, 0, 2 * Math.PI);
    }
  ctx.fill();
  if (dot.edgewidth) ctx.stroke();
}

function drawImage(ctx, { extent, alpha }, image, map) {
  const [x0, x1, y0, y1] = [map.x(extent[0]), map.x(extent[1]), map.y(extent[2]), map.y(extent[3])];
  const { x, y, w, h } = map.rect;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  ctx.globalAlpha = alpha;
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(image, x0, y1, x1 - x0, y0 - y1); // its first row is the top one
  ctx.restore();
}

function drawArtist(ctx, artist, lines, map, unit) {
  const { x, y, w, h } = map.rect;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  if (artist.clip) ctx.clip();
  ctx.globalAlpha = artist.alpha;
  ctx.strokeStyle = artist.color;
  ctx.lineWidth = artist.width * unit;
  ctx.lineJoin = "round";
  ctx.setLineDash(artist.dash.map((d) => d * unit));
  if (artist.width) strokeLines(ctx, lines);
  if (artist.dot) drawDots(ctx, lines, artist.dot, unit, map.rect);
  ctx.restore();
}

/** Writes texts beside their points; those that would lie on each other move apart. */
function drawTexts(ctx, texts, unit) {
  texts.sort((a, b) => a.y - b.y);
  texts.forEach((text, i) => {
    for (const above of texts.slice(0, i))
      if (Math.abs(above.x - text.x) < 40 * unit)
        text.y = Math.max(text.y, above.y + 1.1 * above.artist.size * unit);
  });
  let set; // to set a font takes longer than to write a word
  for (const { artist, x, y } of texts) {
    const font = `${artist.weight} ${artist.size * unit}px "DejaVu Sans", Verdana, sans-serif`;
    if (font !== set) ctx.font = set = font;
    ctx.fillStyle = artist.color;
    ctx.textAlign = artist.align;
    ctx.textBaseline = "middle";
    ctx.fillText(artist.text, x + artist.offset[0] * unit, y - artist.offset[1] * unit);
  }
}
