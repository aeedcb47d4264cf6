// Tables of numbers from the kernel, those that are made here, and how a number is written.

/** The numbers of a buffer of float32, of float64 (`double`), or of float16 (`half`) as float32. */
function floats({ buffer, byteOffset, byteLength }, half, double) {
  // copied, because a websocket's buffer need not be aligned to four bytes
  const copy = buffer.slice(byteOffset, byteOffset + byteLength);
  if (double) return new Float64Array(copy);
  if (!half) return new Float32Array(copy);
  if (globalThis.Float16Array) return new Float32Array(new Float16Array(copy)); // browsers since 2025
  return Float32Array.from(new Uint16Array(copy), (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
  });
}

/** The numbers of a column, decoded when they are first drawn. */
const decoded = new WeakMap();
function numbersOf(column) {
  if (!decoded.has(column)) decoded.set(column, floats(column.data, column.half, column.double));
  return decoded.get(column);
}

/** A column at one frame: its numbers, its shape, and how many points make one of its lines. */
function sliced(column, frame) {
  const size = column.shape.reduce((a, b) => a * b, 1);
  const from = Math.min(frame, column.frames - 1) * size;
  const values = numbersOf(column).subarray(from, from + size);
  return { values, shape: column.shape, points: column.shape.at(-1) };
}

/** The program by which other tables are made here, on the surface that the hand asks for;
 * undefined if there is none. */
function programOf(model) {
  const program = model.get("program");
  if (!program?.runs || refusal(program)) return undefined;
  const number = model.get("start")[program.grid.length + program.spreads];
  if (number === undefined || sameNumber(number, program.number)) return program;
  const member = model.get("members").find((each) => sameNumber(number, each.number));
  const other = member && onMember(program, member);
  return other && !refusal(other) ? other : undefined;
}

/** A program on another surface of its family. */
const families = new WeakMap();
function onMember(program, member) {
  if (!families.has(program)) families.set(program, new Map());
  const known = families.get(program);
  if (!known.has(member)) {
    const { look, ...more } = member;
    const runs = Object.entries(program.runs).map(([whose, run]) => [whose, { ...run, look }]);
    known.set(member, { ...program, ...more, runs: Object.fromEntries(runs) });
  }
  return known.get(member);
}

const sameNumber = (one, other) => Math.abs(one - other) <= 1e-6 * Math.abs(other);

/** Whether two starts, and surfaces of a family, are one: sliders round on their own. */
const sameStart = ({ grid }, start, other) =>
  start.every((v, i) =>
    i < grid.length ? Math.abs(v - other?.[i]) <= 1e-6 * grid[i] : sameNumber(v, other?.[i]),
  );

/** The table to show now, and which of its frames; whether it answers what the hand asks for, and
 * the program by which others are made here. */
function current(model) {
  const table = model.get("table");
  const last = table.captions.length - 1;
  const wanted = Math.max(0, model.get("frame"));
  const frame = table.whole ? Math.min(wanted, last) : 0;
  const [start, program] = [model.get("start"), programOf(model)];
  const moved = program && start.length > 0 && !sameStart(program, start, table.start);
  const answered = !program || !(moved || (!table.whole && wanted !== table.frame));
  return { table, frame, answered, wanted, program };
}

/** What the browser has filled itself last, for each model. */
const fillers = new WeakMap();

/** Returns a function from a name to that column at the shown frame; undefined if there is none.
 * Columns that no table has are filled here. */
function columnsOf(model, scene) {
  const { table, frame, answered, wanted, program } = current(model);
  const start = answered || !model.get("start").length ? table.start : model.get("start");
  const fill = () => {
    const last = fillers.get(model);
    const key = JSON.stringify([start, wanted]);
    if (last?.program === program && last.key === key) return last.fill;
    const [point, spread] = [start.slice(0, program.grid.length), start[program.grid.length]];
    const fresh = filler(program, point, wanted, program.spreads ? (spread ?? table.start[2]) : 1);
    fillers.set(model, { program, key, fill: fresh });
    return fresh;
  };
  const detail = model.get("detail");
  const more = detail.key === table.key && detail.frame === frame ? detail.columns : {};
  const found = new Map();
  return (name) => {
    if (!found.has(name)) {
      const told = table.columns[name] ?? more[name] ?? scene.columns[name];
      const own = program && !(answered && told) ? fill()(name) : undefined;
      found.set(name, own ?? (told && sliced(told, frame)));
    }
    return found.get(name);
  };
}

/** A column's number at a step; one that has no steps has the same at all. */
const atStep = ({ values, points }, k) => values[points > 1 ? Math.min(k, points - 1) : 0];

/** A text with the numbers of columns at a step in it, or at the next one; of a run that flew away,
 * where it was last seen, as far as `read` columns tell. A negative factor has a bracket. */
function readAt(text, read, column, step) {
  while (step > 0 && read.some((each) => Number.isNaN(atStep(each, step)))) step--;
  const number = (name) => {
    const own = name.replace(/^next /, "");
    return column(own) ? atStep(column(own), step + (own !== name)) : NaN;
  };
  return filled(text, number).replaceAll(/× (−[^ ]+)/g, "× ($1)");
}

/** A text in which each `{name}` has become a number. */
const filled = (text, number) => text.replaceAll(/{([^}]*)}/g, (_, name) => sensible(number(name)));

/** A number in about four significant digits, with a real minus sign. */
function sensible(value) {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (Math.fround(size) === Infinity) return value < 0 ? "below −1e+38" : "above 1e+38"; // as sent
  const plain = size === 0 || (size >= 1e-4 && size < 1e6);
  const text = plain
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(3).replace(/\.?0+e/, "e").replace(/e(.)(?=\d$)/, "e$10");
  return text.replaceAll("-", "−");
}
