// The ground of a plane while it moves: bands of height, painted from the program of its loss.

const FINEST = 400; // points along each side
const COARSE = 64;

/** The heights of a loss at w x h places of a plane, row by row from the top. */
function heights(look, dimension, [x0, x1], [y0, y1], w, h) {
  const found = new Float64Array(w * h);
  const across = (i) => x0 + (x1 - x0) * ((i + 0.5) / w);
  const up = (j) => y1 + (y0 - y1) * ((j + 0.5) / h);
  if (look.design) {
    const [see, seen] = [looker(look), new Float64Array(dimension + 1)];
    for (let at = 0; at < found.length; at++) {
      see([across(at % w), up(Math.floor(at / w))], seen);
      found[at] = seen[0];
    }
    return found;
  }
  const { inputs, outputs, run } = blockMachine({ ...look, outputs: look.outputs.slice(0, 1) }, w);
  for (let i = 0; i < w; i++) inputs[0][i] = across(i);
  for (let j = 0; j < h; j++) {
    inputs[1].fill(up(j));
    run(w);
    found.set(outputs[0], j * w);
  }
  return found;
}

/** The same at w x h places, from fewer: straight between them. */
function finer(values, columns, rows, w, h) {
  const found = new Float64Array(w * h);
  const places = (n, coarse) =>
    Array.from({ length: n }, (_, i) => {
      const at = Math.max(0, Math.min(coarse - 1.001, ((i + 0.5) / n) * coarse - 0.5));
      return [Math.floor(at), at % 1];
    });
  const across = places(w, columns);
  places(h, rows).forEach(([j, v], row) => {
    across.forEach(([i, u], column) => {
      const at = j * columns + i;
      const upper = values[at] * (1 - u) + values[at + 1] * u;
      const lower = values[at + columns] * (1 - u) + values[at + columns + 1] * u;
      found[row * w + column] = upper * (1 - v) + lower * v;
    });
  });
  return found;
}

/** Bands of height as a picture, with a line where two of them meet. */
function bands(values, w, h, lowest, { levels, shades, line, nowhere }) {
  let [bottom, top] = [lowest, -Infinity];
  for (const v of values)
    if (Number.isFinite(v)) {
      if (v < bottom) bottom = v;
      if (v > top) top = v;
    }
  const edges = Float64Array.from(levels, (share) => bottom + (top - bottom) * share);
  const band = (v) => {
    let [low, high] = [0, edges.length]; // how many edges lie below v is between them
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle] <= v) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const colour = (hex) => Number.parseInt(hex.slice(5, 7) + hex.slice(3, 5) + hex.slice(1, 3), 16) | 0xff000000;
  const paints = Int32Array.from(shades, colour);
  const [edge, hole] = [colour(line), colour(nowhere)];
  const found = new Int8Array(w * h);
  for (let at = 0; at < found.length; at++) found[at] = values[at] === values[at] ? band(values[at]) : -1;
  const pixels = new Int32Array(w * h);
  for (let j = 0, at = 0; j < h; j++)
    for (let i = 0; i < w; i++, at++) {
      const here = found[at];
      const meets = (i < w - 1 && found[at + 1] !== here) || (j < h - 1 && found[at + w] !== here);
      pixels[at] = here < 0 ? hole : meets ? edge : paints[here];
    }
  const canvas = new OffscreenCanvas(w, h);
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), w, h), 0, 0);
  return canvas;
}

/** The last ground of each program, with what it was painted for. */
const grounds = new WeakMap();
function remembered(program, paintedFor, make) {
  const key = JSON.stringify(paintedFor);
  if (grounds.get(program)?.key !== key) grounds.set(program, { key, made: make() });
  return grounds.get(program).made;
}

/** The curve of a loss over a stretch of x, and the ends of an axis that holds it. */
function curveOf(program, { ground, xlim: [x0, x1] }, points) {
  return remembered(program, [x0, x1, points], () => {
    const see = looker(program.runs[""].look);
    const found = new Float64Array(2);
    const places = Array.from({ length: points }, (_, i) => x0 + (x1 - x0) * (i / (points - 1)));
    const heights = places.map((x) => {
      see([x], found);
      return found[0];
    });
    const known = heights.filter(Number.isFinite);
    const [bottom, top] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
    const room = top - bottom || 1;
    return { places, heights, ylim: [bottom - ground.below * room, top + ground.above * room] };
  });
}

/** Draws such a curve over the background. */
function drawCurve(ctx, { places, heights }, { ground }, map, unit) {
  const { x, y, w, h } = map.rect;
  ctx.save();
  ctx.fillStyle = "white";
  ctx.fillRect(x + 1, y, w - 1, h - 1);
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  ctx.strokeStyle = ground.curve;
  ctx.lineWidth = ground.width * unit;
  strokeLines(ctx, [places.map((at, i) => [map.x(at), map.y(heights[i])])]);
  ctx.restore();
}

/** Paints the ground of axes over the background: `share` says how finely. */
function drawGround(ctx, program, { ground, xlim, ylim }, map, share = 1) {
  const { x, y, w, h } = map.rect;
  const [columns, rows] = [w, h].map((side) =>
    Math.max(2, Math.min(FINEST, Math.round(share * side))),
  );
  const seen = program.minima.filter(
    ([u, v]) => u >= xlim[0] && u <= xlim[1] && v >= ylim[0] && v <= ylim[1],
  );
  const painted = remembered(program, [xlim, ylim, columns, rows], () => {
    const { look, dimension } = program.runs[""];
    let values;
    if (look.design) {
      // data are gone through at every place
      const coarse = heights(look, dimension, xlim, ylim, COARSE, COARSE);
      values = finer(coarse, COARSE, COARSE, columns, rows);
    } else values = heights(look, dimension, xlim, ylim, columns, rows);
    const lowest = Math.min(Infinity, ...seen.map((at) => at[2]));
    return bands(values, columns, rows, lowest, ground);
  });
  ctx.drawImage(painted, x, y, w, h);
  ctx.strokeStyle = ground.mark;
  ctx.lineWidth = 1.6;
  ctx.setLineDash([]);
  const crosses = seen.map((at) => [map.x(at[0]), map.y(at[1])]);
  for (const [u, v] of crosses)
    strokeLines(ctx, [[[u - 5, v], [u + 5, v]], [[u, v - 5], [u, v + 5]]]);
}
