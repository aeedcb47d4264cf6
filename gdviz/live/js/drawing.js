// How a mark's numbers become pixels of a canvas.

const PX_PER_POINT = 100 / 72; // a picture is shown at 100 CSS pixels per inch
const FAR = 1e6; // pixels; canvas coordinates beyond this lose precision
const RAMP = 6; // the score at the end of a ramp of colours
const [BELOW, ABOVE] = [0.04, 0.08]; // of the axes' height: how near to its ends a name may stand
const UNDER = 9; // so many points of a curve lie under its name
const LATEST = 0.93; // of a line: a name stands no later beside it
const [LOW, TIP] = [0.05, 9]; // of the axes' height: where the next step lies; its head, in points
const FONT = '"DejaVu Sans", Verdana, sans-serif'; // as matplotlib writes
const [HALO, HALO_WIDTH] = ["rgba(255, 255, 255, 0.8)", 0.3]; // round a name, as a share of its size
const LETTER = 0.6; // how wide a letter is at most, as a share of the size of its text

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

const HEAD = [8, 4]; // points: how long an arrowhead at the edge is, and half as wide

/** The corners of an arrowhead where a path last left a box, along the segment that leads out of
 * it; null as long as point number `last`, or the last one that is known, is inside. */
function arrowhead({ x, y, w, h }, last, place, unit) {
  const known = ([px, py]) => !Number.isNaN(px + py);
  while (last > 0 && !known(place(last))) last--;
  const edges = [[x, x + w], [y, y + h]];
  const [px, py] = place(last);
  if (px >= x && px <= x + w && py >= y && py <= y + h) return null;
  for (; last > 0; last--) {
    const [here, there] = [place(last - 1), place(last)];
    const way = [there[0] - here[0], there[1] - here[1]];
    let [enter, leave] = [0, 1];
    edges.forEach((ends, i) => {
      const [first, second] = ends.map((end) => (end - here[i]) / way[i]).sort((a, b) => a - b);
      if (first > enter) enter = first;
      if (second < leave) leave = second;
    });
    if (!(enter < leave)) continue;
    const length = Math.hypot(...way);
    const [u, v] = [way[0] / length, way[1] / length];
    const tip = [here[0] + leave * way[0], here[1] + leave * way[1]];
    const [long, wide] = HEAD.map((size) => size * unit);
    const barb = (side) => [tip[0] - long * u - side * wide * v, tip[1] - long * v + side * wide * u];
    return [tip, barb(1), barb(-1), tip];
  }
  return null;
}

/** Points in space as columns of places on flat axes, NaN where they are not seen. */
function projected({ matrix, logarithm, window }, [x, y, z]) {
  const seen = [x, y].map((column) => ({ ...column, values: new Float64Array(column.values.length) }));
  const [[left, right], [low, high]] = window;
  x.values.forEach((a, i) => {
    const [b, c] = [y.values[i], logarithm ? Math.log10(1 + z.values[i]) : z.values[i]];
    const inside = a >= left && a <= right && b >= low && b <= high;
    const [u, v, , w] = matrix.map((m) => m[0] * a + m[1] * b + m[2] * c + m[3]);
    seen[0].values[i] = inside ? u / w : NaN;
    seen[1].values[i] = inside ? v / w : NaN;
  });
  return seen;
}

/** Columns at the shown step and at the next; nothing if none is taken. */
function taken(step, reveal, ...columns) {
  const at = (k) => columns.map(({ values }) => values[k]);
  const goesOn = step.values[reveal + 1] - step.values[reveal] === 1;
  return goesOn && at(reveal + 1).every(Number.isFinite) ? [at(reveal), at(reveal + 1)] : [];
}

/** The numbers of a column, or those of the shown step if each has its own. */
function ofStep({ values, shape, points }, reveal) {
  if (shape.length === 1) return values;
  const k = Math.min(reveal, points - 1);
  return Float64Array.from({ length: shape[0] }, (_, i) => values[i * points + k]);
}

/** Lines from the shown point to where each of the points of a step alone would lead: each pulls
 * along (1, u), as strongly as its residual; their mean is the step. */
function pulls([x, y, step, ...batch], reveal, map, mean) {
  const [start, end] = taken(step, reveal, x, y);
  if (!start) return [];
  const line = ([a, b]) => [[map.x(start[0]), map.y(start[1])], [map.x(a), map.y(b)]];
  if (mean) return [line(end)];
  const [u, v] = batch.map((column) => ofStep(column, reveal));
  const pull = (a, i) => [1, a].map((each) => (v[i] - start[0] - start[1] * a) * each);
  const all = Array.from(u, pull).filter(([a]) => !Number.isNaN(a));
  const middle = [0, 1].map((i) => all.reduce((sum, each) => sum + each[i], 0) / all.length);
  const along = middle[0] * (end[0] - start[0]) + middle[1] * (end[1] - start[1]);
  const scale = along / (middle[0] ** 2 + middle[1] ** 2);
  return all.map((each) => line(start.map((from, i) => from + scale * each[i])));
}

/** The step that is taken next, if there is one: an arrow to it, or the place of a text over that. */
function nextStep(mark, columns, reveal, map, unit) {
  const { x: left, y: top, w, h } = map.rect;
  const [start, end] = taken(columns[1], reveal, columns[0]).map(([x]) => map.x(x));
  if (end === undefined) return [];
  const y = top + (1 - LOW) * h;
  if (mark.text !== undefined) {
    const half = (LETTER / 2) * mark.size * unit * mark.text.length;
    return [[[Math.max(left + half, Math.min(left + w - half, (start + end) / 2)), y]]];
  }
  const head = Math.sign(end - start) * Math.min(TIP * unit, Math.abs(end - start));
  const barb = (side) => [end - head, y + side * 0.4 * head];
  return [[[start, y], [end, y], barb(1), [end, y], barb(-1)]];
}

/** An arrow from the shown point to the next one, if a step is taken. */
function onward([x, y, step], reveal, map, unit) {
  const [start, end] = taken(step, reveal, x, y).map(([u, v]) => [map.x(u), map.y(v)]);
  if (!end) return [];
  const way = [end[0] - start[0], end[1] - start[1]];
  const length = Math.hypot(...way);
  const [u, v] = way.map((each) => each * Math.min(TIP * unit, length) / (length || 1));
  const barb = (side) => [end[0] - u - side * 0.4 * v, end[1] - v + side * 0.4 * u];
  return [[start, end, barb(1), end, barb(-1)]];
}

/** What a mark draws, as lines of pixel pairs; NaN breaks a line. Of the way to the shown point no
 * more than a `share` is gone. */
function linesOf(mark, columns, reveal, map, unit, under, share = 1) {
  const { follow, at } = mark;
  const { x: left, y: top, w, h } = map.rect;
  if (follow === "still") return [mark.points.map(([x, y]) => [map.x(x), map.y(y)])];
  if (follow === "next") return nextStep(mark, columns, reveal, map, unit);
  if (follow === "onward") return onward(columns, reveal, map, unit);
  if (follow === "level") return [levelLine(scored(columns, reveal, map), at, map)];
  if (follow === "upright") {
    const x = map.x(columns[0].values.at(-1));
    return [[[x, top + h], [x, top]]];
  }
  if (follow === "kind") return linesOfKind(columns, reveal, map, at);
  if (follow === "pulls") return pulls(columns, reveal, map, at);
  if (follow === "residuals") return residuals(columns, reveal, map);
  if (/^(mix|hover)/.test(follow)) columns = mixed(follow, columns, reveal, under);
  if (!columns) return [];
  if (mark.through) columns = projected(mark.through, columns);
  const [x, y, ...more] = columns;
  const fixed = (run, k) => {
    const of = ({ values, points }) =>
      values[((run * points) % values.length) + (points > 1 ? k : 0)];
    return [map.x(of(x)), map.y(of(y))];
  };
  const moves = share < 1 && reveal > 0 && ["trail", "point", "held"].includes(follow);
  const place = (run, k) => {
    if (!moves || k !== reveal) return fixed(run, k);
    const [here, there] = [fixed(run, k - 1), fixed(run, k)];
    return here.map((v, i) => v + share * (there[i] - v));
  };
  const held = ([px, py]) => [px, Math.max(top + ABOVE * h, Math.min(top + (1 - BELOW) * h, py))];
  const points = Math.max(x.points, y.points);
  let runs = Math.max(x.values.length / x.points, y.values.length / y.points);
  let first = 0;
  if (follow === "curve" || follow === "name") {
    const own = y.shape.slice(1, -1).reduce((a, b) => a * b, 1); // lines of each step
    first = Math.min(reveal, y.shape[0] - 1) * own;
    runs = first + own;
  }
  if (follow === "name") {
    const under = Array.from({ length: Math.min(UNDER, points - at) }, (_, k) => place(first, at + k));
    return [[held([under[0][0], Math.min(...under.map(([, py]) => py))])]];
  }
  const last = Math.min(reveal, points - 1);
  if (follow === "held") return [[held(place(0, last))]];
  if (follow === "away") {
    const head = arrowhead(map.rect, last, (k) => place(0, k), unit);
    return head ? [head] : [];
  }
  if (follow === "last seen") {
    const line = Array.from({ length: points }, (_, k) => place(at, k));
    const inside = line.findLastIndex(([, py]) => py > top && py < top + h);
    return [[line[Math.min(Math.max(inside, 0), Math.floor(LATEST * (points - 1)))]]];
  }
  if (follow === "tangent" || follow === "arrow") {
    if (share < 1) reveal = Math.max(0, reveal - 1); // where the ball comes from
    const along = more.map((column) => atStep(column, reveal));
    const [dx, dy] = follow === "tangent" ? [1, along[0]] : along;
    return [pointer(map, atStep(x, reveal), atStep(y, reveal), dx, dy, mark.reach * unit, follow)];
  }
  const spans = { trail: [0, last], point: [last, last], first: [0, 0] };
  const [from, to] = spans[follow] ?? [0, points - 1];
  const lines = [];
  for (let run = first; run < runs; run++) {
    const line = [];
    for (let k = from; k <= to; k++) line.push(place(run, k));
    lines.push(line);
  }
  return lines;
}

/** The lines whose kind at the shown step is this one. */
function linesOfKind([x, y, { values, shape, points: count }], reveal, map, kind) {
  const first = Math.min(reveal, shape[0] - 1) * count;
  const lines = [];
  for (let i = 0; i < count; i++) {
    if (values[first + i] !== kind) continue;
    const ends = Array.from({ length: x.points }, (_, k) => i * x.points + k);
    lines.push(ends.map((k) => [map.x(x.values[k]), map.y(y.values[k])]));
  }
  return lines;
}

/** Upright lines from points to the line y = p + q * x, with p and q at the shown step. */
function residuals([x, y, ...terms], reveal, map) {
  const [p, q] = terms.map((term) => atStep(term, reveal));
  const up = ofStep(y, reveal);
  return Array.from(ofStep(x, reveal), (v, i) => {
    const across = map.x(v);
    return [[across, map.y(up[i])], [across, map.y(p + q * v)]];
  });
}

/** The line y = p + q * u, maybe squeezed to 0..1. p and q are given at the shown step, or the
 * place under the pointer; where there is none there is no line. */
function mixed(follow, [x, u, ...terms], reveal, under) {
  const given = follow.startsWith("hover") ? under : terms.map((term) => atStep(term, reveal));
  if (!given) return null;
  const squeeze = follow.endsWith("logistic") ? logistic : (v) => v;
  return [x, { ...u, values: u.values.map((v) => squeeze(given[0] + given[1] * v)) }];
}

/** A score a + b x + c y at the shown step, as the screen sees it: what it is in the middle of the
 * box, where it is `s` straight ahead from there, and the direction in which it stays the same. */
function scored(columns, reveal, map) {
  const [a, b, c = 0] = columns.map((column) => atStep(column, reveal));
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
function levelLine({ foot, along }, level, map) {
  const [far, [x, y]] = [map.rect.w + map.rect.h, foot(level)];
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

const MANY = 400; // dots

/** Draws dots, each over those before it; those of one colour, and a great many, as one path, which
 * is many times faster. */
function drawDots(ctx, lines, dot, unit, { x, y, w, h }) {
  const edge = dot.face === dot.edge ? 0 : dot.edgewidth; // an edge like the face makes it larger
  const size = ((dot.size + dot.edgewidth - edge) * unit) / 2;
  const apart = edge && lines.reduce((sum, line) => sum + line.length, 0) <= MANY;
  const paint = () => {
    ctx.fill();
    if (edge) ctx.stroke();
  };
  ctx.setLineDash([]);
  ctx.fillStyle = dot.face;
  ctx.strokeStyle = dot.edge;
  ctx.lineWidth = edge * unit;
  ctx.beginPath();
  for (const line of lines)
    for (const [px, py] of line) {
      if (!(px > x - size && px < x + w + size && py > y - size && py < y + h + size)) continue;
      if (apart) ctx.beginPath();
      ctx.moveTo(px + size, py);
      if (dot.square) ctx.rect(px - size, py - size, 2 * size, 2 * size);
      else ctx.arc(px, py, size, 0, 2 * Math.PI);
      if (apart) paint();
    }
  if (!apart) paint();
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

function drawMark(ctx, mark, lines, map, unit) {
  const { x, y, w, h } = map.rect;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  if (mark.clip) ctx.clip();
  ctx.globalAlpha = mark.alpha;
  ctx.strokeStyle = mark.color;
  ctx.lineWidth = mark.width * unit;
  ctx.lineJoin = "round";
  ctx.setLineDash(mark.dash.map((d) => d * unit));
  if (mark.width) strokeLines(ctx, lines);
  if (mark.dot) drawDots(ctx, lines, mark.dot, unit, map.rect);
  ctx.restore();
}

const WORDS = 200; // pictures of texts that are kept
const words = new Map(); // by all that decides how they look

/** A text as a picture, written beside the page: on it a browser works out the styles of all that
 * has changed before it writes a word. `size` is in pixels of the picture, as all that is returned. */
function written(text, color, weight, size) {
  const key = [text, color, weight, size].join();
  if (words.has(key)) return words.get(key);
  if (words.size === WORDS) words.clear();
  const picture = document.createElement("canvas");
  const ctx = picture.getContext("2d");
  const font = `${weight} ${size}px ${FONT}`;
  ctx.font = font;
  const [width, pad] = [ctx.measureText(text).width, HALO_WIDTH * size];
  [picture.width, picture.height] = [width + 2 * pad, size + 2 * pad].map(Math.ceil);
  Object.assign(ctx, { font, textBaseline: "middle", lineJoin: "round", strokeStyle: HALO });
  Object.assign(ctx, { fillStyle: color, lineWidth: HALO_WIDTH * size });
  ctx.strokeText(text, pad, picture.height / 2);
  ctx.fillText(text, pad, picture.height / 2);
  const made = { picture, width, pad };
  words.set(key, made);
  return made;
}

/** Moves texts apart that would lie on each other; none below its `floor`. */
function spread(texts, unit) {
  const near = (one) => (other) => Math.abs(other.x - one.x) < 40 * unit;
  const high = ({ mark }) => 1.1 * mark.size * unit;
  texts.sort((a, b) => a.y - b.y);
  texts.forEach((text, i) => {
    const above = texts.slice(0, i).filter(near(text));
    text.y = Math.max(text.y, ...above.map((each) => each.y + high(each)));
  });
  [...texts].reverse().forEach((text, i) => {
    const below = texts.slice(texts.length - i).filter(near(text));
    text.y = Math.min(text.y, text.floor, ...below.map((each) => each.y - high(text)));
  });
}

/** Writes texts beside their points, if these are anywhere. */
function drawTexts(ctx, given, unit, ratio) {
  const texts = given.filter(({ x, y }) => Number.isFinite(x + y));
  spread(texts, unit);
  const shift = { left: 0, center: 0.5, right: 1 };
  for (const { mark, text, x, y } of texts) {
    const { picture, width, pad } = written(text, mark.color, mark.weight, mark.size * unit * ratio);
    const [left, middle] = [x + mark.offset[0] * unit, y - mark.offset[1] * unit];
    const at = [left * ratio - shift[mark.align] * width - pad, middle * ratio - picture.height / 2];
    const [u, v] = at.map((each) => Math.round(each) / ratio);
    ctx.drawImage(picture, u, v, picture.width / ratio, picture.height / ratio);
  }
}
