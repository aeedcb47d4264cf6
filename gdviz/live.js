// A matplotlib picture whose moving artists the browser draws.
//
// The kernel sends a background (PNG), a scene (axes and line styles) and packets of numbers.
// A packet holds one or many frames; flipping through them asks nobody.

const PX_PER_POINT = 100 / 72; // a picture is shown at 100 CSS pixels per inch
const FAR = 1e6; // pixels; canvas coordinates beyond this lose precision
const REST = 80; // ms without a newer glimpse: the hand rests

const RAMP = 6; // the score at the end of a ramp of colours

const logistic = (v) => 1 / (1 + Math.exp(-v));
const SCALES = { linear: (v) => v, log: (v) => (v <= 0 ? -FAR : Math.log10(v)) };
const UNSCALES = { linear: (v) => v, log: (v) => 10 ** v };

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

function drawMarkers(ctx, lines, marker, unit, { x, y, w, h }) {
  const shape = new Path2D(marker.path);
  const size = marker.size * unit;
  ctx.setLineDash([]);
  ctx.fillStyle = marker.face;
  ctx.strokeStyle = marker.edge;
  ctx.lineWidth = (marker.edgewidth * unit) / size;
  for (const [px, py] of lines.flat()) {
    if (!(px > x - size && px < x + w + size && py > y - size && py < y + h + size)) continue;
    ctx.save();
    ctx.translate(px, py);
    ctx.scale(size, size);
    ctx.fill(shape);
    if (marker.edgewidth) ctx.stroke(shape);
    ctx.restore();
  }
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
  if (artist.marker) drawMarkers(ctx, lines, artist.marker, unit, map.rect);
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
  for (const { artist, x, y } of texts) {
    ctx.font = `${artist.weight} ${artist.size * unit}px "DejaVu Sans", Verdana, sans-serif`;
    ctx.fillStyle = artist.color;
    ctx.textAlign = artist.align;
    ctx.textBaseline = "middle";
    ctx.fillText(artist.text, x + artist.offset[0] * unit, y - artist.offset[1] * unit);
  }
}

/** Gives what ipywidgets leaves nameless around the picture a name: slider handles, by the label
 * and the number that stand beside them, and the player's buttons. */
function nameControls(root) {
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const slider = handle.closest(".widget-slider");
    const [label, value] = ["label", ".widget-readout"].map(
      (s) => slider?.querySelector(s)?.textContent,
    );
    if (label) handle.setAttribute("aria-label", label);
    if (value) handle.setAttribute("aria-valuetext", value);
  }
  const buttons = root.querySelectorAll(".widget-play button");
  ["play or pause", "stop"].forEach((name, i) => buttons[i]?.setAttribute("aria-label", name));
}

function initialize({ model }) {
  let timer;
  const rest = () => {
    if (model.get("glimpse").version <= model.get("sweep").version) return;
    model.set("wanted", model.get("glimpse").version);
    model.save_changes();
  };
  const hold = () => {
    clearTimeout(timer);
    timer = setTimeout(rest, REST);
  };
  model.on("change:glimpse", hold);
  hold(); // the first picture may be a glimpse
  return () => {
    clearTimeout(timer);
    model.off("change:glimpse", hold);
    // JupyterLab holds on to closed models and views: let go of what is large
    for (const name of ["background", "scene", "sweep", "glimpse", "detail", "images"])
      model.set(name, null);
  };
}

function render({ model, el }) {
  el.innerHTML = `<figure class="gdviz-stage" data-frame="0">
    <div class="gdviz-picture" role="img"><img alt="" draggable="false"><canvas></canvas></div>
    <p class="gdviz-readout"></p><figcaption role="status"></figcaption></figure>`;
  const [stage, picture, image, canvas] = ["figure", ".gdviz-picture", "img", "canvas"].map((s) =>
    el.querySelector(s),
  );
  const [readout, caption] = [el.querySelector("p"), el.querySelector("figcaption")];
  const ctx = canvas.getContext("2d");
  let images = {}; // by the number of their artist
  let scene; // the one the shown background belongs to
  let [shown, drawing, dirty] = [0, false, false];
  let under; // where the pointer hovers: its place, and the text that says it
  const planes = [];

  function draw() {
    const width = picture.clientWidth;
    const height = picture.clientHeight;
    if (!scene || !width) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    ctx.setTransform(w / width, 0, 0, h / height, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const unit = (PX_PER_POINT * width) / (scene.width * 100);
    const maps = scene.axes.map((axes) => axesMap(axes, width, height));
    const { packet, frame } = current(model);
    if (packet.scene !== scene.id) return; // its background is still on the way
    const { columns, read } = numbersOf(packet, frame);
    const detail = model.get("detail");
    const more = detail.of === packet.version && detail.frame === frame ? numbersOf(detail, 0) : null;
    const reveal = Math.ceil(model.get("reveal") / scene.stride);
    const texts = [];
    let end = 0; // the last step
    scene.artists.forEach((artist, i) => {
      const map = maps[artist.axes];
      if (images[i]) drawImage(ctx, artist, images[i], map);
      let own = columns[i] ?? more?.columns[i];
      if (/^(mix|hover)/.test(artist.follow)) own = mixed(artist, own, reveal, under?.place);
      if (!own) return;
      if (artist.follow === "ramp") return drawRamp(ctx, artist, own, reveal, map);
      if (artist.follow === "trail") end = Math.max(end, own[0].points - 1);
      const lines =
        artist.follow === "level"
          ? [levelLine(own, reveal, map)]
          : visible(artist, own, reveal, map, unit);
      if (artist.text === undefined) return drawArtist(ctx, artist, lines, map, unit);
      const [x, y] = lines[0].at(-1);
      texts.push({ artist, x, y });
    });
    drawTexts(ctx, texts, unit);
    const known = (k) => read.every(({ values }) => !Number.isNaN(values[k]));
    const fill = (text, numbers) => text.replaceAll("{}", () => sensible(numbers.shift() ?? NaN));
    const readAt = (reveal) => {
      let step = Math.min(reveal, (read[0]?.values.length ?? 1) - 1);
      while (step > 0 && !known(step)) step--; // a run that flew away is read where it was last seen
      return fill(scene.readout, read.map(({ values }) => values[step]));
    };
    readout.textContent = under ? fill(under.text, [...under.place]) : readAt(reveal);
    const over = reveal >= end || !scene.meanwhile || (read.length && readAt(reveal) === readAt(end));
    const sentence = model.get("problem") || (over ? packet.captions[frame] : scene.meanwhile) || "";
    if (caption.textContent !== sentence) caption.textContent = sentence;
    caption.classList.toggle("gdviz-problem", Boolean(model.get("problem")));
    stage.dataset.frame = ++shown;
  }

  /** Draws at once, and at most once more before the next animation frame. */
  function schedule() {
    if (drawing) {
      dirty = true;
      return;
    }
    drawing = true;
    dirty = false;
    draw();
    requestAnimationFrame(() => {
      drawing = false;
      if (dirty) schedule();
    });
  }

  /** Decodes the moving pictures; a newer set that comes meanwhile wins. */
  async function changeImages() {
    const next = model.get("images");
    const bitmaps = {};
    for (const [i, png] of Object.entries(next))
      bitmaps[i] = await createImageBitmap(new Blob([png], { type: "image/png" }));
    if (next !== model.get("images")) return;
    images = bitmaps;
    stage.dataset.image = Number(stage.dataset.image ?? 0) + 1;
    schedule();
  }

  async function changeScene() {
    const next = model.get("scene");
    const url = URL.createObjectURL(new Blob([model.get("background")], { type: "image/png" }));
    const fresh = new Image();
    fresh.src = url;
    await fresh.decode().catch(() => {}); // a picture closed meanwhile
    if (next !== model.get("scene")) return URL.revokeObjectURL(url);
    URL.revokeObjectURL(image.src);
    image.src = url;
    scene = next;
    picture.style.maxWidth = `${scene.width * 100}px`;
    picture.style.aspectRatio = `${scene.width} / ${scene.height}`;
    picture.setAttribute("aria-label", scene.label);
    layPlanes();
    schedule();
  }

  /** A transparent pane over every axes that can be dragged. Panes stay while scenes change: a
   * hand may hold one. */
  function layPlanes() {
    planes.splice(scene.axes.length).forEach((plane) => plane.remove());
    scene.axes.forEach(({ box, drag }, number) => {
      const [left, bottom, width, height] = box.map((v) => `${100 * v}%`);
      planes[number] ??= newPlane(number);
      const display = drag ? "block" : "none";
      Object.assign(planes[number].style, { left, bottom, width, height, display });
    });
  }

  /** A pane that sends where it is held, in data coordinates, and shows where the pointer hovers. */
  function newPlane(number) {
    const plane = document.createElement("div");
    plane.className = "gdviz-plane";
    let [waiting, press] = [null, 0]; // press: tells one drag from the next
    const placeOf = (event) => {
      const box = plane.getBoundingClientRect();
      const inside = (v) => Math.max(0, Math.min(1, v));
      return axesMap(scene.axes[number], 1, 1).data(
        inside((event.clientX - box.left) / box.width),
        inside((event.clientY - box.top) / box.height),
      );
    };
    const hover = (event) => {
      const text = scene.axes[number].hover;
      if (!text || (!event && !under)) return;
      under = event && { place: placeOf(event), text };
      schedule();
    };
    const send = (event) => {
      const before = waiting;
      waiting = [...placeOf(event), number, press];
      if (before) return; // one message per animation frame, with the newest place
      requestAnimationFrame(() => {
        model.set("pointer", waiting);
        model.save_changes();
        waiting = null;
      });
    };
    plane.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      hover(null);
      press = Math.round(event.timeStamp);
      plane.setPointerCapture(event.pointerId);
      send(event);
    });
    plane.addEventListener("pointermove", (event) => {
      if (plane.hasPointerCapture(event.pointerId)) send(event);
      else if (!event.buttons) hover(event);
    });
    plane.addEventListener("pointerleave", () => hover(null));
    picture.append(plane);
    return plane;
  }

  const events = { "change:scene": changeScene, "change:images": changeImages };
  for (const name of ["frame", "reveal", "sweep", "glimpse", "detail", "problem"])
    events[`change:${name}`] = schedule;
  for (const [name, action] of Object.entries(events)) model.on(name, action);
  const resize = new ResizeObserver(schedule);
  resize.observe(picture);
  const handles = new MutationObserver(() => {
    const explorer = el.closest(".gdviz-explorer");
    if (explorer) nameControls(explorer); // it may have left the page
  });
  const attach = () => {
    const explorer = el.isConnected && el.closest(".gdviz-explorer");
    if (!explorer) return;
    nameControls(explorer);
    handles.observe(explorer, { childList: true, subtree: true });
  };
  requestAnimationFrame(attach);
  changeScene();
  changeImages();
  return () => {
    for (const [name, action] of Object.entries(events)) model.off(name, action);
    resize.disconnect();
    handles.disconnect();
    URL.revokeObjectURL(image.src);
    el.replaceChildren();
  };
}

export default { initialize, render };
