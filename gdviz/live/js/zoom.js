// The part of a plane that is shown while a hand zooms or shifts it: its limits, how they glide, and
// what is drawn with them as long as matplotlib has drawn nothing better.

const CATCH = 0.3; // of the way to its goal a window goes in each frame
const NEAR_ENOUGH = 2e-3; // of its width
const CLOSEST = "This is as close as numbers of 16 digits can tell places apart: zoom out again.";
const WIDEST = "This is as far out as the picture goes: zoom in again.";
const NICE = [1, 2, 5, 10]; // distances between ticks, times a power of ten
const MOST_TICKS = 6;
const [TICK, APART, WRITTEN, LINE] = [3.5, 7, 9, 0.8]; // points: a tick, its label, their size, a line

/** A window on the straight way from one to another; its width grows evenly. */
function between([a, b], [c, d], share) {
  const [from, to] = [b - a, d - c];
  const width = from * (to / from) ** share;
  const done = Math.abs(to - from) < 1e-9 * from ? share : (width - from) / (to - from);
  return [a + (c - a) * done, b + (d - b) * done];
}

/** Whether two windows look alike. */
const alike = (one, other) =>
  one.every(([a, b], i) => {
    const [c, d] = other[i];
    return Math.max(Math.abs(a - c), Math.abs(b - d)) <= NEAR_ENOUGH * Math.min(b - a, d - c);
  });

/** Windows so many times as wide, about a place given as fractions of them. */
const scaled = (windows, factor, at) =>
  windows.map(([a, b], i) => {
    const still = a + at[i] * (b - a);
    return [still - (still - a) * factor, still + (b - still) * factor];
  });

/** Why a window is not to be had: a sentence, "" if it is. */
function forbidden(windows, { home, nearest, farthest }) {
  for (const [i, [a, b]] of windows.entries()) {
    const domain = home[i][1] - home[i][0];
    if (!(b - a >= nearest * Math.max(domain, Math.abs(a), Math.abs(b)))) return CLOSEST;
    const middle = Math.abs((a + b) / 2 - (home[i][0] + home[i][1]) / 2);
    if (!(b - a <= farthest * domain && middle <= farthest * domain)) return WIDEST;
  }
  return "";
}

/** What axes show: (low, high) along each of the directions in which they can be zoomed. */
const windowsOf = ({ xlim, ylim, zoom }) => [xlim, ylim].slice(0, zoom.home.length);

/** Axes with other limits; a curve of which all is known fits its height to them. */
function seenThrough(axes, [xlim, ylim], program) {
  const seen = { ...axes, xlim, ylim: ylim ?? axes.ylim };
  if (!ylim && program && axes.ground) seen.ylim = curveOf(program, seen, 401).ylim;
  return seen;
}

/** Draws what stands still on zoomed axes, over the background: what is known of the ground, or the
 * background stretched; and the numbers at new ticks. */
function drawZoomed(ctx, background, axes, seen, map, room, unit, program, finely) {
  if (program && axes.ground?.curve) drawCurve(ctx, curveOf(program, seen, 401), seen, map, unit);
  else if (program && axes.ground) drawGround(ctx, program, seen, map, finely ? 1 : 0.6);
  else drawStretched(ctx, background, axes, map, room);
  drawTicks(ctx, axes.zoom.labels, seen, map, room, unit);
}

function drawStretched(ctx, background, { box, xlim, ylim }, map, room) {
  const { x, y, w, h } = map.rect;
  const [left, right, low, high] = [...xlim.map(map.x), ...ylim.map(map.y)];
  const [wide, tall] = [background.naturalWidth, background.naturalHeight];
  const [x0, y0, w0, h0] = [box[0] * wide, (1 - box[1] - box[3]) * tall, box[2] * wide, box[3] * tall];
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  ctx.fillStyle = "white";
  ctx.fillRect(x, y, w, h);
  ctx.drawImage(background, x0, y0, w0, h0, left, high, right - left, low - high);
  ctx.restore();
}

/** Where ticks stand on an axis, and with how many decimals they are written. */
function ticksOf([low, high]) {
  const least = (high - low) / MOST_TICKS;
  const power = Math.floor(Math.log10(least));
  const nice = NICE.find((each) => each * 10 ** power >= least);
  const step = nice * 10 ** power;
  const digits = Math.max(0, Math.min(15, -Math.floor(Math.log10(step) + 1e-9)));
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  const at = Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
  const plain = Math.max(Math.abs(low), Math.abs(high)) < 1e6 && digits < 15;
  const write = (v) => (plain ? (v + 0).toFixed(digits) : v.toPrecision(3)).replace("-", "−");
  return at.map((v) => [v, write(Math.abs(v) < step / 2 ? 0 : v)]);
}

function drawTicks(ctx, labels, { xlim, ylim }, map, room, unit) {
  const { x, y, w, h } = map.rect;
  ctx.save();
  ctx.fillStyle = "white";
  const [below, beside] = labels.map(([l, b, wide, tall]) => ({
    from: l * room.width, to: (l + wide) * room.width,
    top: (1 - b - tall) * room.height, bottom: (1 - b) * room.height,
  }));
  const corner = Math.min(below.from, x - 2);
  ctx.fillRect(corner, y + h + 1, Math.max(below.to, x + w) + 2 - corner, below.bottom - y - h);
  ctx.fillRect(beside.from - 1, y - 6 * unit, x - beside.from, h + 12 * unit);
  ctx.fillStyle = ctx.strokeStyle = "#333333";
  ctx.lineWidth = LINE * unit;
  ctx.setLineDash([]);
  ctx.font = `${WRITTEN * unit}px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  const lines = [[[x, y], [x, y + h], [x + w, y + h]]];
  let taken = -Infinity; // as far as the last label reaches
  for (const [v, text] of ticksOf(xlim)) {
    const at = map.x(v);
    lines.push([[at, y + h], [at, y + h + TICK * unit]]);
    const half = ctx.measureText(text).width / 2;
    if (at - half < taken + WRITTEN * unit) continue;
    ctx.fillText(text, at, y + h + APART * unit);
    taken = at + half;
  }
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const [v, text] of ticksOf(ylim)) {
    const at = map.y(v);
    lines.push([[x, at], [x - TICK * unit, at]]);
    ctx.fillText(text, x - APART * unit, at);
  }
  strokeLines(ctx, lines);
  ctx.restore();
}
