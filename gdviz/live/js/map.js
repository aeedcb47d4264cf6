// Which minimum every start of a plane reaches: a map, made beside the page by a worker.

const LANES = 512; // runs side by side: their rows stay in the processor's cache
const PIECE = 12; // ms between two looks at what was asked for meanwhile
const SIZES = [64, 256]; // starts along each side: first coarse, then fine

/** Where every start of a map of `pixels` x `pixels` ends, and after how many steps: -1 if it flew
 * away, 0 where nothing is defined. `work` goes on for some milliseconds, and says whether it is
 * done. Runs that have ended make room for others. */
function mapMaker({ look, update, map, rate }, pixels) {
  const { window: [[x0, x1], [y0, y1]], steps, tolerance, bound } = map;
  const enough = tolerance * tolerance;
  const seer = blockMachine({ ...look, outputs: look.outputs.slice(1, 3) }, LANES);
  const [x, y] = seer.inputs;
  const [gx, gy] = seer.outputs;
  const mover = blockMachine(update, LANES, [x, y, gx, gy]);
  const memory = mover.inputs.slice(4, -1);
  mover.inputs.at(-1).fill(rate);
  const [newX, newY, ...later] = mover.outputs;
  const held = later.map((row) => (mover.inputs.includes(row) ? new Float64Array(LANES) : row));
  const total = pixels * pixels;
  const [endX, endY] = [new Float64Array(total), new Float64Array(total)];
  const taken = new Int16Array(total);
  const [which, count] = [new Int32Array(LANES), new Int32Array(LANES)];
  let [next, n] = [0, 0];
  const begin = (lane) => {
    which[lane] = next;
    count[lane] = 0;
    x[lane] = x0 + (x1 - x0) * (((next % pixels) + 0.5) / pixels);
    y[lane] = y0 + (y1 - y0) * ((pixels - 1 - Math.floor(next / pixels) + 0.5) / pixels);
    for (const row of memory) row[lane] = 0;
    next++;
  };
  while (n < LANES && next < total) begin(n++);
  const end = (lane, steps) => {
    const at = which[lane];
    [endX[at], endY[at], taken[at]] = [x[lane], y[lane], steps];
  };
  const round = () => {
    seer.run(n);
    for (let lane = 0; lane < n; lane++) {
      const [u, v] = [gx[lane], gy[lane]];
      const inside = Math.abs(x[lane]) <= bound && Math.abs(y[lane]) <= bound;
      const nowhere = !count[lane] && (u !== u || v !== v);
      if (inside && !nowhere && count[lane] < steps && !(count[lane] && u * u + v * v <= enough)) continue;
      end(lane, nowhere ? 0 : inside ? count[lane] : -1);
      if (next < total) {
        begin(lane);
        count[lane] = -1; // its slopes are not known yet
      } else which[lane] = -1;
    }
    if (next >= total) close();
    mover.tables.forEach((row, i) => {
      for (let lane = 0; lane < n; lane++) row[lane] = update.tables[i][Math.max(0, count[lane])];
    });
    mover.run(n);
    later.forEach((row, i) => held[i] !== row && held[i].set(row));
    for (let lane = 0; lane < n; lane++) {
      if (++count[lane] === 0) continue; // a fresh start stays for a moment
      x[lane] = newX[lane];
      y[lane] = newY[lane];
      for (let i = 0; i < memory.length; i++) memory[i][lane] = held[i][lane];
    }
  };
  /** Closes the gaps that ended runs leave when there are no more starts. */
  const close = () => {
    const rows = [x, y, gx, gy, ...memory, which, count];
    let kept = 0;
    for (let lane = 0; lane < n; lane++) {
      if (which[lane] < 0) continue;
      if (kept !== lane) for (const row of rows) row[kept] = row[lane];
      kept++;
    }
    n = kept;
  };
  const work = (ms) => {
    const until = performance.now() + ms;
    while (n && performance.now() < until) for (let k = 0; k < 8 && n; k++) round();
    return n === 0;
  };
  return { work, paint: () => painted(map, pixels, endX, endY, taken) };
}

/** Colours as `basin_picture` has them: the minimum that is reached, the paler the later. */
function painted({ minima, size, near, steps, colours, flown, unsettled }, pixels, endX, endY, taken) {
  const rgb = (hex) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
  const [palette, dark, grey] = [colours.map(rgb), rgb(flown), rgb(unsettled)];
  const found = new Uint8ClampedArray(4 * pixels * pixels);
  for (let at = 0; at < taken.length; at++) {
    const [x, y, k] = [endX[at], endY[at], taken[at]];
    let colour = k < 0 ? dark : grey;
    let pale = 0;
    if (k > 0) {
      const number = minima.findIndex(([a, b]) =>
        k < steps
          ? Math.abs(x - a) < size[0] && Math.abs(y - b) < size[1]
          : Math.hypot(x - a, y - b) < near,
      );
      if (number >= 0) {
        colour = palette[number % palette.length];
        pale = Math.max(0.1, Math.min(1, Math.log1p(k) / Math.log(steps))) * 0.75;
      }
    }
    for (let i = 0; i < 3; i++) found[4 * at + i] = Math.round(colour[i] * (1 - pale) + 255 * pale);
    found[4 * at + 3] = k === 0 ? 0 : 255;
  }
  return found;
}

/** What a worker does: the newest job only, coarse and then fine. */
function workOnMaps(scope) {
  const { port1, port2 } = new MessageChannel();
  const pause = () => new Promise((go) => {
    port1.onmessage = go;
    port2.postMessage(0);
  });
  let [newest, working] = [null, false];
  scope.onmessage = async ({ data }) => {
    newest = data;
    if (working) return;
    working = true;
    while (newest) {
      const job = newest;
      newest = null;
      for (const pixels of SIZES) {
        const maker = mapMaker(job, pixels);
        let done = false;
        while (!done && !(newest && pixels > SIZES[0])) {
          done = maker.work(PIECE);
          await pause();
        }
        if (!done) break;
        const found = maker.paint();
        scope.postMessage({ id: job.id, pixels, found }, [found.buffer]);
      }
    }
    working = false;
  };
}

/** Has maps of programs made by a worker; `show` takes each as it comes: its program and frame, and
 * the picture. Where no worker can be had there are none. */
function mapsBeside(show) {
  const asked = new Map(); // by the number of the question
  let worker;
  let last = 0;
  const begin = () => {
    try {
      const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
      worker = new Worker(url);
      URL.revokeObjectURL(url);
    } catch {
      worker = null;
      return;
    }
    worker.onmessage = ({ data: { id, pixels, found } }) => {
      for (const earlier of asked.keys()) if (earlier < id) asked.delete(earlier);
      const picture = new OffscreenCanvas(pixels, pixels);
      picture.getContext("2d").putImageData(new ImageData(found, pixels, pixels), 0, 0);
      show({ ...asked.get(id), picture });
    };
  };
  return {
    ask(program, frame) {
      if (worker === undefined) begin();
      const { look } = program.runs[""];
      asked.set(++last, { program, frame });
      const { map, rates } = program;
      worker?.postMessage({ id: last, look, update: map.update, map, rate: rates[frame] });
    },
    close: () => worker?.terminate(),
  };
}
