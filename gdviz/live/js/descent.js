// Gradient descent in the browser: runs made from a program of numbers, as `descend` makes them.
//
// A program comes from gdviz.descent.program. Its tapes list operations by name; none of its text
// ever becomes code.

const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  power: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b)), // as C
  defined: (a, b) => (Number.isNaN(b) ? NaN : a),
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
};
for (const name of ["sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt", "abs", "sign"])
  OPERATIONS[name] = Math[name];

/** A machine for a tape: put its inputs into `row`, run it, and find its outputs there. */
function machine({ inputs, constants, tables, operations, code, outputs }) {
  const first = inputs + constants.length + tables.length;
  const size = first + code.length / 3;
  const inside = (place, end) => Number.isInteger(place) && place >= 0 && place < end;
  const known = operations.every((name) => Object.hasOwn(OPERATIONS, name));
  const whole = code.every((part, i) =>
    inside(part, i % 3 ? first + Math.floor(i / 3) : operations.length),
  );
  if (!known || !whole || !outputs.every((place) => inside(place, size)))
    throw new RangeError("unknown operation or place");
  const plain = ["+", "-", "*", "/"]; // the four that a switch does far quicker than a call
  const kinds = operations.map((name) => plain.indexOf(name));
  const functions = operations.map((name) => OPERATIONS[name]);
  const row = new Float64Array(size);
  const tape = Int32Array.from(code);
  row.set(constants, inputs);
  const run = (step) => {
    for (let i = 0; i < tables.length; i++) row[inputs + constants.length + i] = tables[i][step - 1];
    for (let i = 0, to = first; to < size; i += 3, to++) {
      const [a, b] = [row[tape[i + 1]], row[tape[i + 2]]];
      switch (kinds[tape[i]]) {
        case 0: row[to] = a + b; break;
        case 1: row[to] = a - b; break;
        case 2: row[to] = a * b; break;
        case 3: row[to] = a / b; break;
        default: row[to] = functions[tape[i]](a, b);
      }
    }
  };
  return { row, run, outputs: Int32Array.from(outputs) };
}

/** A machine for a tape at many places at once: put inputs (and tables) into their rows and run it
 * for the first n of them. Inputs may be rows that are there already. */
function blockMachine({ inputs, constants, tables, operations, code, outputs }, width, given = []) {
  const first = inputs + constants.length + tables.length;
  const rows = Array.from({ length: first + code.length / 3 }, (_, i) => given[i] ?? new Float64Array(width));
  constants.forEach((value, i) => rows[inputs + i].fill(value));
  const wanted = new Set(outputs);
  const plan = [];
  for (let i = code.length - 3; i >= 0; i -= 3) {
    if (!wanted.has(first + i / 3)) continue;
    const [name, a, b] = [operations[code[i]], code[i + 1], code[i + 2]];
    wanted.add(a).add(b);
    plan.unshift([BLOCKS[name] ?? everyOne(OPERATIONS[name]), rows[a], rows[b], rows[first + i / 3]]);
  }
  const run = (n) => {
    for (const [compute, a, b, to] of plan) compute(a, b, to, n);
  };
  const [known, end] = [inputs + constants.length, first];
  return {
    inputs: rows.slice(0, inputs),
    tables: rows.slice(known, end),
    outputs: outputs.map((place) => rows[place]),
    run,
  };
}

const BLOCKS = {
  "+": (a, b, to, n) => { for (let i = 0; i < n; i++) to[i] = a[i] + b[i]; },
  "-": (a, b, to, n) => { for (let i = 0; i < n; i++) to[i] = a[i] - b[i]; },
  "*": (a, b, to, n) => { for (let i = 0; i < n; i++) to[i] = a[i] * b[i]; },
  "/": (a, b, to, n) => { for (let i = 0; i < n; i++) to[i] = a[i] / b[i]; },
};
const everyOne = (f) => (a, b, to, n) => { for (let i = 0; i < n; i++) to[i] = f(a[i], b[i]); };

/** What works out the loss and the slopes at a point, into an array. */
function looker({ design, signs, ...tape }) {
  if (!design) {
    const { row, run, outputs } = machine(tape);
    return (point, found) => {
      row.set(point);
      run(1);
      for (let i = 0; i < outputs.length; i++) found[i] = row[outputs[i]];
    };
  }
  return (point, found) => {
    found.fill(0);
    design.forEach((row, i) => {
      const score = signs[i] * row.reduce((sum, each, j) => sum + each * point[j], 0);
      found[0] += (Math.max(-score, 0) + Math.log1p(Math.exp(-Math.abs(score)))) / design.length;
      const pull = -signs[i] / (1 + Math.exp(score)) / design.length;
      row.forEach((each, j) => (found[j + 1] += pull * each));
    });
  };
}

/** The machines of a program, made when they are first wanted. */
const machines = new WeakMap();
function machinesOf(program) {
  if (!machines.has(program))
    machines.set(program, { look: looker(program.look), update: machine(program.update) });
  return machines.get(program);
}

/** Why no program of a picture can be run here: a sentence, "" if all can. Each is tried once. */
const refusals = new WeakMap();
function refusal(program) {
  if (!refusals.has(program)) {
    let said = "";
    try {
      Object.values(program.runs).forEach(machinesOf);
    } catch (error) {
      said = `Other starts cannot be made here (${error.message}): they wait for Python.`;
    }
    refusals.set(program, said);
  }
  return refusals.get(program);
}

/** One run: what is known after each step, one column each (loss, slopes, curvatures; the point),
 * how many steps it took, and whether a criterion stopped it. */
function descend(program, start, rate, steps) {
  const { dimension: d, factors, stop, bound } = program;
  const { look, update } = machinesOf(program);
  const { row, run, outputs } = update;
  const width = program.look.outputs?.length ?? d + 1;
  const seen = Array.from({ length: width }, () => new Float64Array(steps + 1));
  const path = Array.from({ length: d }, () => new Float64Array(steps + 1));
  const [point, before] = [new Float64Array(start), new Float64Array(d)];
  const [found, memory] = [new Float64Array(width), new Float64Array(outputs.length - d)];
  const squared = (threshold) => Math.min(threshold * threshold, 1e300);
  const note = (k) => {
    for (let i = 0; i < d; i++) path[i][k] = point[i];
    for (let i = 0; i < width; i++) seen[i][k] = found[i];
  };
  look(point, found);
  note(0);
  let [taken, left, fired] = [steps, false, false];
  for (let k = 1; k <= steps; k++) {
    for (let i = 0; i < d; i++) [row[i], row[d + i], before[i]] = [point[i], found[i + 1], point[i]];
    row.set(memory, 2 * d);
    row[2 * d + memory.length] = factors ? rate * factors[k - 1] : rate;
    run(k);
    for (let i = 0; i < d; i++) point[i] = row[outputs[i]];
    for (let i = 0; i < memory.length; i++) memory[i] = row[outputs[d + i]];
    const loss = seen[0][k - 1];
    look(point, found);
    note(k);
    left = !point.every((each) => Math.abs(each) <= bound);
    if (!left && stop) {
      let [length, slope] = [0, 0];
      for (let i = 0; i < d; i++) {
        length += (point[i] - before[i]) ** 2;
        slope += found[i + 1] * found[i + 1];
      }
      fired =
        (stop.gradient_norm !== null && slope <= squared(stop.gradient_norm)) ||
        (stop.loss !== null && found[0] <= stop.loss) ||
        (stop.loss_change !== null && Math.abs(found[0] - loss) <= stop.loss_change) ||
        (stop.step !== null && length <= squared(stop.step));
    }
    if (left || fired) {
      taken = left && !point.every(Number.isFinite) ? k - 1 : k;
      for (const column of [...path, ...seen]) column.fill(left ? NaN : column[taken], taken + 1);
      break;
    }
  }
  seen[0].forEach((loss, k) => {
    if (!Number.isFinite(loss)) seen[0][k] = NaN;
  });
  const [slopes, curved] = [seen.slice(1, d + 1), seen.slice(d + 1)];
  return { look: program.look, path, loss: seen[0], slopes, curved, taken, fired };
}

/** How many rows of data a decision has on the wrong side after each step. */
function mistakesOf({ look: { design, signs }, path, loss }) {
  const score = (row, k) => row.reduce((sum, each, j) => sum + each * path[j][k], 0);
  const count = (k) => design.reduce((sum, row, i) => sum + (signs[i] * score(row, k) <= 0), 0);
  return loss.map((known, k) => (Number.isNaN(known) ? NaN : count(k)));
}

/** The column of a run by its name, as gdviz.descent.columns has it. */
function columnOf(run, name, { rate, rows }) {
  const { path, loss, slopes, curved, taken, fired } = run;
  const cost = (per) => loss.map((_, k) => per * (fired ? Math.min(k, taken) : k));
  const stop = (per) => Float64Array.of(fired ? per * taken : NaN);
  const axis = "xyz".indexOf(name.at(-1));
  if (name.length === 1) return path[axis];
  if (name.length === 2 && name[0] === "d") return slopes[axis];
  if (name === "limit")
    return loss.map((_, k) => {
      const [a, b, c] = curved.map((column) => column[k]);
      const most = curved.length < 3 ? a : (a + c) / 2 + Math.hypot((a - c) / 2, b);
      return most > 0 ? 2 / most : NaN;
    });
  return {
    loss: () => loss,
    mistakes: () => mistakesOf(run),
    rate: () => Float64Array.of(rate),
    step: () => cost(1),
    rows: () => cost(rows),
    "stop step": () => stop(1),
    "stop rows": () => stop(rows),
  }[name]?.();
}

/** Returns a function from a name to that column, for a start and for the rate of a frame; a cloud
 * of starts is spread as told. */
function filler(program, start, frame, spread = 1) {
  const { steps, rates, runs, compare, cloud, unscale, rows } = program;
  const found = new Map(); // columns by name, and runs by whose they are
  const own = { rate: rates[frame], rows };
  const made = (whose) => {
    const at = whose === "" && cloud ? cloud.map((move) => start.map((v, i) => v + spread * move[i])) : [start];
    const paces = whose === "compared" ? compare : [runs[whose].rate ?? own.rate];
    const program = runs[whose === "compared" ? "" : whose];
    return at.flatMap((from) => paces.map((rate) => descend(program, from, rate, steps)));
  };
  const known = (key, make) => found.get(key) ?? found.set(key, make()).get(key);
  const column = (name) => {
    const dot = name.lastIndexOf(".");
    const [whose, last] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
    if (whose === "raw") {
      const [x, y] = ["x", "y"].map((each) => known(each, () => column(each)).values);
      const slope = unscale ? y.map((v) => v / unscale.spread) : y;
      const values = last === "y" ? slope : unscale ? x.map((v, k) => v - unscale.mean * slope[k]) : x;
      return { values, shape: [steps + 1], points: steps + 1 };
    }
    if (whose !== "compared" && !runs[whose]) return undefined; // data, say
    const lines = known(`runs of ${whose}`, () => made(whose)).map((run) => columnOf(run, last, own));
    if (!lines[0]) return undefined;
    const points = lines[0].length;
    const alone = whose !== "compared" && !(whose === "" && cloud);
    if (alone) return { values: lines[0], shape: [points], points };
    const values = new Float64Array(lines.length * points);
    lines.forEach((line, i) => values.set(line, i * points));
    return { values, shape: [lines.length, points], points };
  };
  return (name) => known(name, () => column(name));
}
