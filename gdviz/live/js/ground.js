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
  let [bottom, top] = [lowest ?? Infinity, -Infinity];
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

/** Paints the ground of axes over the background. */
const grounds = new WeakMap();
function drawGround(ctx, program, { ground, xlim, ylim }, map) {
  const { x, y, w, h } = map.rect;
  if (!grounds.has(program)) {
    const { look, dimension } = program.runs[""];
    const [columns, rows] = [w, h].map((side) => Math.max(2, Math.min(FINEST, Math.round(side))));
    let values;
    if (look.design) {
      // data are gone through at every place
      const coarse = heights(look, dimension, xlim, ylim, COARSE, COARSE);
      values = finer(coarse, COARSE, COARSE, columns, rows);
    } else values = heights(look, dimension, xlim, ylim, columns, rows);
    grounds.set(program, bands(values, columns, rows, program.low, ground));
  }
  ctx.drawImage(grounds.get(program), x, y, w, h);
}
