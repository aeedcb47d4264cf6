// A matplotlib picture whose moving artists the browser draws.
//
// The kernel sends a background (PNG), a scene (axes, and marks with the names of the columns they
// draw) and tables of columns. A table that is whole holds a frame for every place of a slider;
// flipping through them asks nobody. While the hand moves a table holds one frame.

const REST = 200; // ms without a newer table or a move: the hand rests
const NARROW = 0.62; // of a picture's own width: with less room its panels stand above each other
const GLIDE = 150; // ms, at most, in which the ball goes from one step to the next in play
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const HAND = ["pointerdown", "pointermove", "keydown", "wheel"]; // moves of a hand, wherever in an explorer

/** Sets attributes that are known and other than they were. */
function describe(element, attributes) {
  for (const [name, text] of Object.entries(attributes))
    if (text && element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Gives what ipywidgets leaves nameless around the picture a name: labels of sliders, whose names
 * come as titles (see `Named`); their handles, and the numbers beside them, which can be typed, by
 * the label that stands there; and the player's buttons. */
function nameControls(root) {
  for (const label of root.querySelectorAll(".gdviz-named > label")) {
    if (label.textContent === label.title) continue;
    label.textContent = label.title;
    label.style.display = "";
  }
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const slider = handle.closest(".widget-slider");
    const [label, number] = ["label", ".widget-readout"].map((s) => slider?.querySelector(s));
    const [name, value] = [label, number].map((part) => part?.textContent);
    describe(handle, { "aria-label": name, "aria-valuetext": value });
    if (name && number?.isContentEditable) describe(number, { role: "textbox", "aria-label": `type ${name}` });
  }
  const buttons = root.querySelectorAll(".widget-play button");
  ["play or pause", "stop"].forEach((name, i) => buttons[i]?.setAttribute("aria-label", name));
}

/** A picture, ready to be shown. */
async function pictureAt(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode().catch(() => {}); // one that was closed meanwhile
  return picture;
}

const pictures = new WeakMap(); // by the bytes of their PNG

/** The picture that bytes make; it is decoded from when it is asked for first. */
function pictureOf(png) {
  if (!pictures.has(png)) {
    const bytes = new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    pictures.set(png, pictureAt(`data:image/png;base64,${btoa(text)}`));
  }
  return pictures.get(png);
}

const ENDED = ["restarting", "autorestarting", "terminating", "dead"];
const ALONE =
  "Python no longer answers this picture: run its cell again. It may still move, but nothing new will be said of it.";

function initialize({ model }) {
  // In JupyterLab and Notebook 7; elsewhere a kernel ends unseen.
  const status = model.widget_manager?.context?.sessionContext?.statusChanged;
  const heard = (_, now) => ENDED.includes(now) && model.set("problem", ALONE);
  status?.connect(heard);
  // A picture often comes before there is a place to show it.
  const begin = () => pictureOf(model.get("background"));
  model.on("change:background", begin);
  return () => {
    status?.disconnect(heard);
    model.off("change:background", begin);
    // JupyterLab holds on to closed models and views: let go of what is large
    for (const name of ["background", "scene", "table", "detail", "images", "program"])
      model.set(name, null);
  };
}

function render({ model, el }) {
  el.innerHTML = `<figure class="gdviz-stage" data-frame="0">
    <div class="gdviz-picture" role="img"><img alt="" draggable="false"><canvas></canvas></div>
    <p class="gdviz-readout"></p><span hidden></span><figcaption role="status"></figcaption></figure>`;
  const parts = ["figure", ".gdviz-picture", "img", "canvas", "p", "span", "figcaption"];
  const [stage, picture, image, canvas, readout, help, sentence] = parts.map((s) => el.querySelector(s));
  const ctx = canvas.getContext("2d");
  let room = {}; // of the picture, in CSS pixels; to ask the page each time would have it laid out
  let [shown, drawing, dirty] = [0, false, false];
  let [revealed, stepped, byHand] = [0, 0, false]; // point and time of the last step; who took it
  let [scenes, narrow] = [0, false]; // how many were begun; whether the shown one is narrow
  let glide = null; // when the ball set out for the shown point, and how long it takes
  let timer; // till the hand rests

  // What the parts of a figure share; its scene is the one that the shown background belongs to
  const figure = { model, stage, picture, scene: null, schedule, hold, touch };
  const caption = captionOf(figure, sentence);
  const images = imagesOf(figure);
  const past = pastRuns();
  const hand = handOf(model);
  const lens = lensOf(figure, caption);
  const planes = planesOf(figure, hand, lens);
  const points = pointsOf(figure, hand, caption);
  const keys = keysOf(figure, { caption, hand, lens, points }, readout, help);

  const measure = () => (room = { width: picture.clientWidth, height: picture.clientHeight });

  /** Draws what is shown now; how far a ball or a lens has come says nothing new, and is not counted
   * as another frame. */
  function draw(counts) {
    const { scene } = figure;
    if (!room.height) measure();
    const { width, height } = room;
    if (!scene || !height) return;
    const { table, program } = current(model);
    if (table.scene !== scene.id) return; // its background is still on the way
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    ctx.setTransform(w / width, 0, 0, h / height, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const unit = (PX_PER_POINT * width) / (scene.width * 100);
    const column = columnsOf(model, scene);
    const step = Math.ceil(model.get("reveal") / scene.stride);
    const member = program ? model.get("start")[program.grid.length + program.spreads] : "";
    past.look(scene.marks, column, step, `${table.story} ${member}`);
    const maps = drawGrounds(program, table, unit);
    const { end, gone } = drawMarks(column, step, maps, unit);
    points.draw(ctx, maps, unit);
    if (!counts) return;
    const read = scene.read.map(column).filter(Boolean);
    const last = Math.max(end, ...read.map(({ points }) => points - 1));
    const told = (k) => readAt(scene.readout, read, column, k);
    const now = told(Math.min(step, last));
    const [x, y] = planes.under?.place ?? [];
    readout.textContent = planes.under ? filled(planes.under.text, (name) => ({ x, y })[name]) : now;
    const latest = (name) => column(name).values.findLast((v) => !Number.isNaN(v));
    // over: a later step would tell nothing new
    const over = step >= last || !scene.meanwhile || (read.length > 0 && now === told(last));
    caption.tell({ over, gone, numbers: () => filled(program?.caption ?? "", latest) });
    stage.dataset.frame = ++shown;
  }

  /** Draws the ground of axes that are zoomed, or whose surface has moved; returns how data become
   * pixels on each of the axes. */
  function drawGrounds(program, table, unit) {
    const moves = program && (table.ground || program !== model.get("program"));
    return figure.scene.axes.map((axes, i) => {
      const seen = lens.seen(i, program);
      const map = axesMap(seen, room.width, room.height);
      if (lens.isOn(i)) drawZoomed(ctx, image, axes, seen, map, room, unit, program, !lens.glides);
      else if (moves && axes.ground?.levels) drawGround(ctx, program, axes, map);
      return map;
    });
  }

  /** Draws all marks at a step; returns the last step of a trail, and whether an arrow at the edge
   * shows where a run has left the picture. */
  function drawMarks(column, step, maps, unit) {
    const share = glide ? Math.min(1, (performance.now() - glide.since) / glide.lasts) : 1;
    if (share === 1) glide = null;
    const texts = [];
    let [end, gone] = [0, false];
    figure.scene.marks.forEach((mark, i) => {
      const map = maps[mark.axes];
      const picture = images.of(i);
      if (picture) drawImage(ctx, mark, picture, map);
      const columns = mark.columns.map(column);
      if (mark.follow === "image" || columns.includes(undefined)) return;
      if (mark.follow === "ghost") return past.draw(ctx, mark, map, unit);
      if (mark.follow === "ramp") return drawRamp(ctx, mark, columns, step, map);
      if (mark.follow === "trail") end = Math.max(end, columns[0].points - 1);
      const text = mark.text && readAt(mark.text, [], column, step);
      const told = text === undefined ? mark : { ...mark, text };
      const lines = linesOf(told, columns, step, map, unit, planes.under?.place, share);
      if (mark.follow === "away" && lines.length) gone = true;
      if (text === undefined) return drawMark(ctx, mark, lines, map, unit);
      if (!lines.length) return;
      const [x, y] = lines[0].at(-1);
      texts.push({ mark, x, y, text, floor: map.rect.y + map.rect.h });
    });
    drawTexts(ctx, texts, unit, canvas.width / room.width);
    return { end, gone };
  }

  /** Draws at once, and at most once more before the next animation frame; `news` says whether there
   * is anything new but how far something has glided. */
  function schedule(news = true) {
    dirty ||= news;
    if (!drawing) paint();
  }

  /** Draws, and goes on from frame to frame while anything glides. */
  function paint() {
    const news = dirty;
    [drawing, dirty] = [true, false];
    requestAnimationFrame(() => {
      drawing = false;
      if (figure.scene && (dirty || glide || lens.glides)) paint();
    });
    const arrived = lens.goOn();
    draw(news || arrived);
  }

  /** Shows another step; the ball glides to the next one if it is play that takes it. */
  function reveal() {
    const [before, time] = [revealed, performance.now()];
    revealed = Math.ceil(model.get("reveal") / (figure.scene?.stride ?? 1));
    const plays = revealed === before + 1 && !byHand && !CALM.matches;
    glide = plays ? { since: time, lasts: 0.9 * Math.min(GLIDE, time - stepped) } : null;
    [stepped, byHand] = [time, false];
    schedule();
  }

  /** Whether a scene has too little room for panels side by side. */
  function isNarrow({ width }) {
    const has = sentence.clientWidth; // as broad as the place for the picture
    return has ? has < NARROW * width * 100 : narrow; // as it was while it is hidden
  }

  /** Shows the newest scene as soon as its background is decoded. */
  async function changeScene() {
    const turn = ++scenes;
    let next = model.get("scene");
    if (!next.id) return; // nothing to show yet
    let fresh = await pictureOf(model.get("background"));
    const above = isNarrow(next);
    const other = above && stacked(next, fresh);
    if (other) [next, fresh] = [other.scene, await pictureAt(other.url)];
    if (turn !== scenes) return; // a newer one is on its way
    image.src = fresh.src;
    const before = figure.scene;
    [figure.scene, narrow] = [next, above];
    lens.receive(before);
    picture.style.maxWidth = `${next.width * 100}px`;
    picture.style.aspectRatio = `${next.width} / ${next.height}`;
    picture.setAttribute("aria-label", next.label);
    room = {};
    planes.lay();
    keys.offer();
    schedule();
  }

  /** Waits until the hand rests; then the kernel is asked for what the browser cannot make. */
  function hold() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      past.rest();
      const { whole, key } = model.get("table");
      const asked = { ...lens.question(), ...(whole ? {} : { key }), ...images.question() };
      if (Object.keys(asked).length) ask(model, asked);
    }, REST);
  }

  /** Takes note that a hand moves. */
  function touch() {
    byHand = true;
    hold();
  }

  const move = ({ type, buttons }) => {
    if (type === "pointermove" && !buttons) return;
    caption.remark("");
    touch();
  };
  const events = {
    scene: changeScene,
    images: images.change,
    sliders: hand.listen,
    controls: keys.listen,
    reveal,
    detail: () => schedule(),
    start: () => schedule(),
    program: () => schedule(),
    table() {
      caption.receive();
      hand.receive();
      schedule();
      hold();
    },
    frame() {
      images.askForMap();
      schedule();
    },
    problem() {
      if (model.get("problem")) {
        hand.letGo(); // a start that was refused,
        lens.refuse(); // or a zoom
      }
      schedule();
    },
    fresh() {
      lens.forget();
      past.forget();
      schedule();
    },
  };
  for (const [name, action] of Object.entries(events)) model.on(`change:${name}`, action);
  const resize = new ResizeObserver(() => {
    const { width, height } = room;
    measure();
    if (figure.scene && isNarrow(model.get("scene")) !== narrow) changeScene();
    if (room.width !== width || room.height !== height) schedule();
  });
  for (const part of [picture, sentence]) resize.observe(part);
  const handles = new MutationObserver((records) => {
    const changed = records.map(({ target }) => target.closest(".widget-slider") ?? target);
    for (const part of new Set(changed)) if (!stage.contains(part)) nameControls(part);
  });
  let explorer;
  const attach = () => {
    explorer = el.isConnected && el.closest(".gdviz-explorer");
    if (!explorer) return;
    nameControls(explorer);
    for (const name of HAND) explorer.addEventListener(name, move, true);
    handles.observe(explorer, { childList: true, subtree: true, attributeFilter: ["title"] });
  };
  requestAnimationFrame(attach);
  hold(); // the first table may hold one frame
  hand.listen();
  keys.listen();
  changeScene();
  images.change();
  return () => {
    for (const [name, action] of Object.entries(events)) model.off(`change:${name}`, action);
    clearTimeout(timer);
    scenes++; // none is shown any more
    figure.scene = null; // none is drawn, and nothing glides
    for (const part of [caption, images, hand, keys]) part.close();
    for (const observer of [resize, handles]) observer.disconnect();
    for (const name of explorer ? HAND : []) explorer.removeEventListener(name, move, true);
    el.replaceChildren();
  };
}

export default { initialize, render };
