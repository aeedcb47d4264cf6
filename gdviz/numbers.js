// Packets of numbers from the kernel. Joined with drawing.js and live.js into one module.

/** The numbers of a buffer of float32, or of float16 (`half`), as float32. */
function floats({ buffer, byteOffset, byteLength }, half) {
  // copied, because a websocket's buffer need not be aligned to four bytes
  const copy = buffer.slice(byteOffset, byteOffset + byteLength);
  if (!half) return new Float32Array(copy);
  return Float32Array.from(new Uint16Array(copy), (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
  });
}

/** The numbers of every array of a packet, decoded once per packet. */
const decoded = new WeakMap();
function arraysOf(packet) {
  if (!decoded.has(packet)) {
    decoded.set(
      packet,
      packet.arrays.map(({ shape, shared, half, data }) => ({
        points: shape.at(-1) ?? 1,
        lines: shape.length > 3 ? shape.at(-2) : 1,
        perFrame: shared ? 0 : shape.slice(1).reduce((a, b) => a * b, 1),
        size: (shared ? shape : shape.slice(1)).reduce((a, b) => a * b, 1),
        values: floats(data, half),
      })),
    );
  }
  return decoded.get(packet);
}

/** One array at one frame: its numbers, and how many of them make one line. */
function slice({ values, perFrame, size, points, lines }, frame) {
  return { values: values.subarray(frame * perFrame, frame * perFrame + size), points, lines };
}

/** What to show now: a glimpse while it is newer than the sweep, else a frame of the sweep. */
function current(model) {
  const [sweep, glimpse] = [model.get("sweep"), model.get("glimpse")];
  if (glimpse.version > sweep.version) return { packet: glimpse, frame: 0 };
  const frame = Math.max(0, Math.min(model.get("frame"), sweep.frames - 1));
  return { packet: sweep, frame };
}

/** What a packet holds of one frame: by artist its columns, and the columns of the readout. */
function numbersOf(packet, frame) {
  const arrays = arraysOf(packet).map((array) => slice(array, frame));
  const columns = packet.artists.map((refs) => refs?.map((ref) => arrays[ref]));
  return { columns, read: packet.readout.map((ref) => arrays[ref]) };
}

/** A number in about four significant digits, with a real minus sign. */
function sensible(value) {
  if (Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size === Infinity) return value < 0 ? "below −1e+38" : "above 1e+38"; // float32 ends there
  const plain = size < 1e-14 || (size >= 1e-4 && size < 1e6);
  const text = plain
    ? String(Number(size < 1e-14 ? 0 : value.toPrecision(4)))
    : value.toExponential(3).replace(/\.?0+e/, "e");
  return text.replaceAll("-", "−");
}
