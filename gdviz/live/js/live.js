// A matplotlib picture whose moving artists the browser draws.
//
// The kernel sends a background (PNG), a scene (axes, and marks with the names of the columns they
// draw) and tables of columns. A table that is whole holds a frame for every place of a slider;
// flipping through them asks nobody. While the hand moves a table holds one frame.

const REST = 200; // ms without a newer table or a move: the hand rests
const PATIENCE = 80; // ms in which the kernel may say what a new picture means
const GLIDE = 150; // ms, at most, in which the ball goes from one step to the next in play
const DOUBLE = 400; // ms between the two presses of a double click
const TREMOR = 6; // pixels that a finger may move before it drags
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const HAND = ["pointermove", "keydown", "wheel"]; // moves of a hand, wherever in an explorer

/** Gives what ipywidgets leaves nameless around the picture a name: slider handles, by the label
 * and the number that stand beside them, and the player's buttons. */
function nameControls(root) {
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const slider = handle.closest(".widget-slider");
    const [label, value] = ["label", ".widget-readout"].map(
      (s) => slider?.querySelector(s)?.textContent,
    );
    for (const [name, text] of Object.entries({ "aria-label": label, "aria-valuetext": value }))
      if (text && handle.getAttribute(name) !== text) handle.setAttribute(name, text);
  }
  const buttons = root.querySelectorAll(".widget-play button");
  ["play or pause", "stop"].forEach((name, i) => buttons[i]?.setAttribute("aria-label", name));
}

/** Asks the kernel; its answer is a table. A question that waits to be sent is replaced by the next
 * one, so that repeats where the pointer was last. */
function ask(model, question) {
  model.set("question", { ...model.get("question"), ...question });
  model.save_changes();
}

const ENDED = ["restarting", "autorestarting", "terminating", "dead"];
const ALONE =
  "Python no longer answers this picture: run its cell again. It may still move, but nothing new will be said of it.";

function initialize({ model }) {
  // In JupyterLab and Notebook 7; elsewhere a kernel ends unseen.
  const status = model.widget_manager?.context?.sessionContext?.statusChanged;
  const heard = (_, now) => ENDED.includes(now) && model.set("problem", ALONE);
  status?.connect(heard);
  return () => {
    status?.disconnect(heard);
    // JupyterLab holds on to closed models and views: let go of what is large
    for (const name of ["background", "scene", "table", "detail", "images", "program"])
      model.set(name, null);
  };
}

function render({ model, el }) {
  el.innerHTML = `<figure class="gdviz-stage" data-frame="0">
    <div class="gdviz-picture" role="img"><img alt="" draggable="false"><canvas></canvas></div>
    <p class="gdviz-readout"></p><span hidden></span><figcaption role="status"></figcaption></figure>`;
  const [stage, picture, image, canvas] = ["figure", ".gdviz-picture", "img", "canvas"].map((s) =>
    el.querySelector(s),
  );
  const [readout, keys, caption] = ["p", "span", "figcaption"].map((s) => el.querySelector(s));
  const ctx = canvas.getContext("2d");
  let room = { width: 0, height: 0 };
  let images = {}; // by the number of their mark, each with the frame it belongs to
  let map; // the newest that was made here, its program and its frame
  let [asked, ready] = [0, 0]; // how many sets of images were to be decoded; the newest that is
  let scene; // the one the shown background belongs to
  let [shown, drawing, dirty] = [0, false, false];
  let over = true; // whether a later step would tell nothing new
  let [revealed, stepped, byHand] = [0, 0, false]; // point and time of the last step; who took it
  let glide = null; // when the ball set out for the shown point, and how long it takes
  let gone = false; // whether an arrow at the edge shows where a run has left the picture
  let numbers = ""; // what the caption says while the kernel has not spoken
  let since = null; // when the kernel had last spoken of what was shown
  let silence;
  let lens = null; // what a hand has zoomed: its axes, what they show now, and are to show
  let [gliding, zooming] = [false, false]; // whether a zoom is on its way; or not yet at rest
  let stopped = ""; // why a zoom goes no further
  let waiting = null; // the question that the next animation frame asks
  let held; // the start that a pointer asked for, as long as no table answers it
  let judged; // the program that a table came after: what it could not make is there
  let sliders = [];
  let controls = {}; // what keys on the picture move, by name
  let under; // where the pointer hovers: its place, and the text that says it
  const planes = [];
  const past = pastRuns();

  /** Draws what is shown now; how far the ball has come is not counted as another frame. */
  function draw(counts = true) {
    if (!room.width) room = { width: picture.clientWidth, height: picture.clientHeight };
    const { width, height } = room;
    if (!scene || !width) return;
    if (current(model).table.scene !== scene.id) return; // its background is still on the way
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    ctx.setTransform(w / width, 0, 0, h / height, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const unit = (PX_PER_POINT * width) / (scene.width * 100);
    const program = programOf(model);
    const seen = scene.axes.map((axes, i) =>
      lens?.axes === i ? seenThrough(axes, lens.now, program) : axes,
    );
    const maps = seen.map((axes) => axesMap(axes, width, height));
    const column = columnsOf(model, scene);
    const reveal = Math.ceil(model.get("reveal") / scene.stride);
    const { table } = current(model);
    const moves = program && (table.ground || program !== model.get("program"));
    scene.axes.forEach((axes, i) => {
      if (lens?.axes === i)
        drawZoomed(ctx, image, axes, seen[i], maps[i], room, unit, program, lens.now === lens.goal);
      else if (moves && axes.ground?.levels) drawGround(ctx, program, axes, maps[i]);
    });
    const at = ({ values, points }, k) => values[points > 1 ? Math.min(k, points - 1) : 0];
    const numberAt = (name, step) => (column(name) ? at(column(name), step) : NaN);
    const share = glide ? Math.min(1, (performance.now() - glide.since) / glide.lasts) : 1;
    if (share === 1) glide = null;
    const member = program ? model.get("start")[program.grid.length + program.spreads] : "";
    past.look(scene.marks, column, reveal, `${table.story} ${member}`);
    const texts = [];
    let end = 0; // the last step
    gone = false;
    scene.marks.forEach((mark, i) => {
      const map = maps[mark.axes];
      if (images[i]) drawImage(ctx, mark, imageOf(images[i]), map);
      const columns = mark.columns.map(column);
      if (mark.follow === "image" || columns.includes(undefined)) return;
      if (mark.follow === "ghost") return past.draw(ctx, mark, maps[mark.axes], unit);
      if (mark.follow === "ramp") return drawRamp(ctx, mark, columns, reveal, map);
      if (mark.follow === "trail") end = Math.max(end, columns[0].points - 1);
      const lines = linesOf(mark, columns, reveal, map, unit, under?.place, share);
      if (mark.follow === "away" && lines.length) gone = true;
      if (mark.text === undefined) return drawMark(ctx, mark, lines, map, unit);
      if (!lines.length) return;
      const [x, y] = lines[0].at(-1);
      const text = mark.follow === "next"
        ? told(mark, columns, reveal)
        : filled(mark.text, (name) => numberAt(name, reveal));
      texts.push({ mark, x, y, text });
    });
    drawTexts(ctx, texts, unit);
    const read = scene.read.map(column).filter(Boolean);
    for (const { points } of read) end = Math.max(end, points - 1);
    const known = (k) => read.every((each) => !Number.isNaN(at(each, k)));
    const readAt = (reveal) => {
      let step = reveal;
      while (step > 0 && !known(step)) step--; // a run that flew away is read where it was last seen
      return filled(scene.readout, (name) => numberAt(name, step));
    };
    const now = readAt(Math.min(reveal, end));
    const [x, y] = under?.place ?? [];
    readout.textContent = under ? filled(under.text, (name) => ({ x, y })[name]) : now;
    numbers = filled(programOf(model)?.caption ?? "", (name) => column(name).values.findLast((v) => !Number.isNaN(v)));
    over = reveal >= end || !scene.meanwhile || (read.length && now === readAt(end));
    speak();
    if (counts) stage.dataset.frame = ++shown;
  }

  /** Writes the caption: what the kernel says of the shown run; as long as it has not, numbers. */
  function speak() {
    const { table, frame, answered } = current(model);
    if (table.scene !== scene?.id) return; // its background is still on the way
    const program = model.get("program");
    const refused = program?.runs && program !== judged ? refusal(program) : "";
    const problem = model.get("problem") || refused;
    if (stopped && !problem) return say(stopped, false);
    if (over && !answered && !problem) {
      since ??= performance.now();
      clearTimeout(silence);
      const left = since + PATIENCE - performance.now();
      if (left > 0) silence = setTimeout(speak, left);
      else say(numbers, false);
      return;
    }
    since = null;
    const meanwhile = gone ? `${scene.away} ${scene.meanwhile}` : scene.meanwhile;
    say(problem || (over ? table.captions[frame] : meanwhile), Boolean(problem));
  }

  function say(sentence, problem) {
    if (caption.textContent !== sentence) caption.textContent = sentence;
    caption.classList.toggle("gdviz-problem", problem);
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

  /** Shows another step; the ball glides to the next one if it is play that takes it. */
  function step() {
    const [before, time] = [revealed, performance.now()];
    revealed = Math.ceil(model.get("reveal") / (scene?.stride ?? 1));
    const plays = revealed === before + 1 && !byHand && !CALM.matches;
    const mine = plays ? { since: time, lasts: 0.9 * Math.min(GLIDE, time - stepped) } : null;
    [glide, stepped, byHand] = [mine, time, false];
    schedule();
    const onward = () => {
      if (!glide || glide !== mine) return;
      draw(false);
      requestAnimationFrame(onward);
    };
    if (mine) requestAnimationFrame(onward);
  }

  /** Decodes the moving pictures, and shows them unless a newer set was ready sooner. */
  async function changeImages() {
    const turn = ++asked;
    const bitmaps = {};
    for (const [i, { png, frame }] of Object.entries(model.get("images")))
      bitmaps[i] = { frame, picture: await createImageBitmap(new Blob([png], { type: "image/png" })) };
    if (turn < ready) return;
    [images, ready] = [bitmaps, turn];
    countImage();
    askForMap();
  }

  function countImage() {
    stage.dataset.image = Number(stage.dataset.image ?? 0) + 1;
    schedule();
  }

  /** The kernel's picture if it belongs to the shown frame, else the newest map made here. */
  function imageOf(image) {
    const own = map?.program === programOf(model) ? map.picture : undefined;
    return (isStale(image) && own) || image.picture;
  }

  const isStale = ({ frame }) => frame !== null && frame !== model.get("frame");

  const beside = mapsBeside((made) => {
    map = made;
    countImage();
  });

  /** Has a map made for the shown frame if the kernel has sent none. */
  function askForMap() {
    const program = programOf(model);
    const frame = model.get("frame");
    if (!program?.map || !Object.keys(images).length) return;
    const known = map?.program === program && map.frame === frame;
    if (known || !Object.values(images).some(isStale)) countImage();
    else beside.ask(program, frame);
  }

  async function changeScene() {
    const next = model.get("scene");
    const url = URL.createObjectURL(new Blob([model.get("background")], { type: "image/png" }));
    const fresh = new Image();
    fresh.src = url;
    await fresh.decode().catch(() => {}); // a picture closed meanwhile
    if (next.id !== model.get("scene")?.id) return URL.revokeObjectURL(url); // a newer one is on its way
    URL.revokeObjectURL(image.src);
    image.src = url;
    const home = String(lens && scene?.axes[lens.axes].zoom.home);
    scene = next;
    const zoom = lens && scene.axes[lens.axes]?.zoom;
    const answered = zoom && !zooming && alike(lens.goal, windowsOf(scene.axes[lens.axes]));
    if (answered || String(zoom?.home) !== home) lens = null; // or it is another plane altogether
    picture.style.maxWidth = `${scene.width * 100}px`;
    picture.style.aspectRatio = `${scene.width} / ${scene.height}`;
    picture.setAttribute("aria-label", scene.label);
    layPlanes();
    offer();
    schedule();
  }

  /** A transparent pane over every axes that a pointer can hold. Panes stay while scenes change: a
   * hand may hold one. */
  function layPlanes() {
    planes.splice(scene.axes.length).forEach((plane) => plane.remove());
    scene.axes.forEach(({ box, drag, reveals }, number) => {
      const [left, bottom, width, height] = box.map((v) => `${100 * v}%`);
      planes[number] ??= newPlane(number);
      const display = drag || reveals ? "block" : "none";
      planes[number].classList.toggle("gdviz-steps", Boolean(reveals));
      Object.assign(planes[number].style, { left, bottom, width, height, display });
    });
  }

  /** A pane that sends where it is held, in data coordinates, and shows where the pointer hovers. */
  function newPlane(number) {
    const plane = document.createElement("div");
    plane.className = "gdviz-plane";
    let press = 0; // tells one drag from the next
    const fractions = (event) => {
      const box = plane.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    };
    const placeOf = (event) => {
      const axes = scene.axes[number];
      const seen = lens?.axes === number ? seenThrough(axes, lens.now, programOf(model)) : axes;
      const [across, up] = fractions(event).map((v) => Math.max(0, Math.min(1, v)));
      return axesMap(seen, 1, 1).data(across, 1 - up);
    };
    const hover = (event) => {
      const text = scene.axes[number].hover;
      if (!text || (!event && !under)) return;
      under = event && { place: placeOf(event), text };
      schedule();
    };
    const send = (event) => {
      const at = placeOf(event);
      if (scene.axes[number].reveals) return showStepAt(number, at);
      askFor(number, at, press);
    };
    const zoom = zoomBy(plane, number, fractions);
    let last = { time: -Infinity }; // the last press, its place, and where the start was before it
    let tap = null; // a finger that may be the first of two
    let drags = false; // whether the pointer that is down drags what it holds
    plane.addEventListener("pointerdown", (event) => {
      if (event.button > 1) return;
      plane.setPointerCapture(event.pointerId);
      drags = false;
      if (zoom.begins(event)) return void (tap = null);
      if (event.button) return;
      hover(null);
      const { timeStamp: time, clientX: x, clientY: y } = event;
      const near = time - last.time < DOUBLE && Math.hypot(x - last.x, y - last.y) < TREMOR;
      if (near && scene.axes[number].zoom && !isHome(number)) {
        last.time = -Infinity;
        return askForStart(number, last.start); // a double click leads back: the first is undone
      }
      last = { time, x, y, start: held ?? current(model).table.start };
      press = Math.round(event.timeStamp);
      drags = true;
      if (event.pointerType === "touch" && scene.axes[number].zoom) tap = event;
      else send(event);
    });
    plane.addEventListener("pointermove", (event) => {
      if (zoom.goesOn(event)) return;
      if (tap && Math.hypot(event.clientX - tap.clientX, event.clientY - tap.clientY) < TREMOR) return;
      tap = null;
      if (drags && plane.hasPointerCapture(event.pointerId)) send(event);
      else if (!event.buttons) hover(event);
    });
    plane.addEventListener("pointerup", () => {
      if (tap) send(tap);
      tap = null;
    });
    plane.addEventListener("pointerleave", () => hover(null));
    picture.append(plane);
    return plane;
  }

  /** Shows the step that lies nearest along the axes; past the last one, that. */
  function showStepAt(number, [x]) {
    const counted = columnsOf(model, scene)(scene.axes[number].reveals);
    if (!counted) return; // the picture is still on its way
    let nearest = 0;
    const far = (k) => Math.abs(counted.values[k] - x);
    for (let k = 1; k < counted.points; k++) if (far(k) <= far(nearest)) nearest = k;
    model.set("reveal", nearest * scene.stride);
    model.save_changes();
  }

  /** Asks for a start as it was. */
  function askForStart(number, start) {
    if (!start) return;
    if (programOf(model)) model.set("start", (held = [...start]));
    askFor(number, [start[0], start[1] ?? 0], performance.now(), start);
  }

  /** Shows what a place on a plane asks for, and asks the kernel. */
  function askFor(number, at, press, start = preview(number, at)) {
    const before = waiting;
    waiting = { at, axes: number, press, turn: performance.now(), start };
    if (before) return; // one message per animation frame, with the newest place
    requestAnimationFrame(() => {
      ask(model, waiting);
      waiting = null;
    });
  }

  /** Shows at once what a place on a plane asks for, if it can be made here; returns the start. */
  function preview(number, at) {
    const { drags, grid, rates } = programOf(model) ?? { drags: [] };
    const kind = drags[number];
    if (kind !== "start" && kind !== "rate and start") return null;
    const place = kind === "start" ? at : [at[1]];
    held = grid.map((step, i) => Number((Math.round(place[i] / step) * step).toPrecision(12)));
    held.push(...model.get("start").slice(grid.length)); // which surface of a family
    if (kind !== "start") {
      const far = rates.map((rate) => Math.abs(Math.log(rate / at[0])));
      model.set("frame", far.indexOf(Math.min(...far)));
    }
    model.set("start", held);
    return held;
  }

  /** The start is where its sliders stand, unless a pointer holds it elsewhere. */
  const slid = () => {
    if (held) return;
    const { grid } = programOf(model) ?? {};
    if (!grid) return;
    const moving = [...sliders.slice(0, grid.length), ...sliders.slice(2)];
    model.set("start", moving.map((slider) => slider.get("value")));
  };
  const modelsNamed = (names) => Promise.all(names.map((name) => modelNamed(model, name)));
  const listen = async () => {
    const found = await modelsNamed(model.get("sliders"));
    for (const slider of sliders) slider.off("change:value", slid);
    sliders = found;
    for (const slider of sliders) slider.on("change:value", slid);
  };
  const takeControls = async () => {
    const [names, given] = [Object.keys(model.get("controls")), Object.values(model.get("controls"))];
    const found = await modelsNamed(given);
    controls = Object.fromEntries(names.map((name, i) => [name, found[i]]));
    offer();
  };
  const offer = () => {
    const zoom = scene?.axes.some((axes) => axes.zoom);
    offerKeys(picture, readout, keys, { ...controls, ...(zoom && { zoom }) });
  };

  /** Does what a key on the picture stands for; returns whether it stands for anything. */
  function press(key, many) {
    const [name, by] = MOVES[key] ?? [];
    const control = controls[name];
    stopped = "";
    if (name === "zoom") return zoomByKey(by);
    if (!control) return false;
    byHand = true;
    hold();
    if (name === "play") {
      control.set("playing", !control.get("playing"));
      control.save_changes();
      return true;
    }
    const [along, { drags, grid }] = ["xy".indexOf(name), programOf(model) ?? { drags: [] }];
    if (held && along >= 0 && drags.includes("start")) {
      // the sliders are not yet where the pointer has let go: on from there, by the same way
      const at = held.slice(0, grid.length);
      const [low, high] = ["min", "max"].map((end) => control.get(end));
      at[along] = Math.max(low, Math.min(high, at[along] + by * many * grid[along]));
      askFor(drags.indexOf("start"), at, performance.now());
      return true;
    }
    moveControl(control, by * many);
    return true;
  }

  // Zoom: the browser shows it at once, and the kernel hears of it when the hand rests.

  const shownOn = (number) => (lens?.axes === number ? lens.goal : windowsOf(scene.axes[number]));
  const isHome = (number) => alike(shownOn(number), scene.axes[number].zoom.home);

  /** Lets axes show other windows; they go there in a moment, or glide. */
  function lookAt(number, goal, glides) {
    const zoom = scene.axes[number].zoom;
    stopped = forbidden(goal, zoom);
    const wide = ([[a, b]]) => b - a;
    const from = shownOn(number);
    if (stopped && (wide(goal) >= wide(from)) === (stopped === WIDEST)) return speak();
    stopped = "";
    lens = { axes: number, now: lens?.axes === number ? lens.now : from, goal };
    zooming = true;
    hold();
    if (!glides || CALM.matches) lens.now = goal;
    if (gliding) return;
    gliding = true;
    const onward = () => {
      gliding = false;
      if (!lens) return;
      const { now, goal } = lens;
      lens.now = alike(now, goal) ? goal : now.map((each, i) => between(each, goal[i], CATCH));
      draw(lens.now === goal);
      gliding = lens.now !== goal;
      if (gliding) requestAnimationFrame(onward);
    };
    onward();
  }

  /** What the kernel is to be asked about a zoom when the hand rests. */
  function zoomed() {
    if (!zooming || !lens) return {};
    zooming = false;
    const { axes, goal } = lens;
    if (alike(goal, windowsOf(scene.axes[axes]))) {
      lens = null;
      schedule();
      return {};
    }
    return { window: isHome(axes) ? null : goal, zoomed: performance.now() };
  }

  /** Zooms about the shown point if it is in sight, else about the middle. */
  function zoomByKey(factor) {
    const number = scene?.axes.findIndex((axes) => axes.zoom);
    if (!(number >= 0)) return false;
    if (!factor) return lookAt(number, scene.axes[number].zoom.home, true), true;
    const column = columnsOf(model, scene);
    const at = shownOn(number).map(([low, high], i) => {
      const { values, shape } = column("xy"[i]) ?? { shape: [] };
      const place = shape.length === 1 ? (shownOf({ values }, model.get("reveal")) - low) / (high - low) : 0.5;
      return place >= 0 && place <= 1 ? place : 0.5;
    });
    lookAt(number, scaled(shownOn(number), factor, at), true);
    return true;
  }

  /** Zooms by wheel, by two fingers on a pad (which comes as a wheel with Ctrl) or on a screen, and
   * shifts by a drag with Shift or the middle button; `place` finds a pointer on the plane. Returns
   * what says whether a press is meant for it. */
  function zoomBy(plane, number, place) {
    const fingers = new Map(); // their places, as fractions of the plane
    let grip = null; // what is held: places in data
    const zoom = () => scene.axes[number]?.zoom;
    const toData = (at) => shownOn(number).map(([low, high], i) => low + at[i] * (high - low));
    const take = () => {
      const held = [...fingers.values()].slice(0, 2);
      grip = { at: held.map(toData), far: held.length > 1 ? apart(held) : 1 };
    };
    const apart = ([[a, b], [c, d]]) => Math.hypot(a - c, b - d);
    const middle = (places) => places[0].map((_, i) => places.reduce((sum, each) => sum + each[i], 0) / places.length);
    const follow = () => {
      const held = [...fingers.values()].slice(0, 2);
      const [here, there] = [middle(held), middle(grip.at)];
      const factor = held.length > 1 ? grip.far / Math.max(1e-3, apart(held)) : 1;
      if (held.length > 1) grip.far = apart(held);
      const goal = shownOn(number).map(([low, high], i) => {
        const width = (high - low) * factor;
        const from = there[i] - here[i] * width;
        return [from, from + width];
      });
      lookAt(number, goal, false);
    };
    plane.addEventListener(
      "wheel",
      (event) => {
        const meant = event.ctrlKey || event.metaKey || document.activeElement === picture;
        if (!zoom() || !meant) return;
        event.preventDefault();
        const pixels = Math.max(-50, Math.min(50, event.deltaY * [1, 16, 400][event.deltaMode]));
        const factor = Math.exp(pixels * (event.ctrlKey ? 0.01 : 0.005));
        lookAt(number, scaled(shownOn(number), factor, place(event)), Math.abs(pixels) > 20);
      },
      { passive: false },
    );
    plane.addEventListener("mousedown", (event) => {
      if (event.button === 1 && zoom()) event.preventDefault(); // else the page scrolls by itself
    });
    plane.addEventListener("dblclick", () => {
      if (zoom() && !isHome(number)) lookAt(number, zoom().home, true);
    });
    const release = ({ pointerId }) => {
      if (fingers.delete(pointerId) && grip && fingers.size) take();
      if (!fingers.size) grip = null;
    };
    plane.addEventListener("pointerup", release);
    plane.addEventListener("pointercancel", release);
    return {
      /** Whether a press begins a zoom or a shift. */
      begins(event) {
        if (!zoom()) return false;
        const shifts = event.button === 1 || event.shiftKey;
        if (!shifts && event.pointerType !== "touch") return false;
        fingers.set(event.pointerId, place(event));
        if (shifts || fingers.size === 2) take();
        return grip !== null;
      },
      /** Whether a move belongs to one. */
      goesOn(event) {
        if (!fingers.has(event.pointerId)) return false;
        fingers.set(event.pointerId, place(event));
        if (grip) follow();
        return grip !== null;
      },
    };
  }

  let timer;
  const hold = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      past.rest();
      const { whole, key } = model.get("table");
      const asked = { ...zoomed(), ...(whole ? {} : { key }) };
      if (programOf(model)?.map && Object.values(images).some(isStale)) asked.picture = performance.now();
      if (Object.keys(asked).length) ask(model, asked);
    }, REST);
  };
  const move = ({ type, buttons, target }) => {
    if (!stage.contains(target)) held = null;
    if (type === "pointermove" && !buttons) return;
    stopped = "";
    byHand = true;
    hold();
  };
  const receive = () => {
    judged = model.get("program");
    const program = programOf(model);
    if (held && (!program || sameStart(program, held, model.get("table").start))) held = null;
    schedule();
    hold();
  };
  const events = { "change:scene": changeScene, "change:images": changeImages };
  events["change:table"] = receive;
  events["change:sliders"] = listen;
  events["change:controls"] = takeControls;
  events["change:reveal"] = step;
  events["change:frame"] = () => {
    schedule();
    askForMap();
  };
  events["change:problem"] = () => {
    if (model.get("problem")) {
      held = null; // a start that was refused,
      if (!zooming) lens = null; // or a zoom
    }
    slid();
    schedule();
  };
  events["change:fresh"] = () => {
    lens = null;
    past.forget();
    schedule();
  };
  for (const name of ["detail", "start", "program"]) events[`change:${name}`] = schedule;
  for (const [name, action] of Object.entries(events)) model.on(name, action);
  const resize = new ResizeObserver(([{ contentRect }]) => {
    room = contentRect; // to ask the page each time we draw would make it lay itself out
    schedule();
  });
  resize.observe(picture);
  let broad; // how broad the caption was when it was last seen to be high
  const grown = new ResizeObserver(([{ contentRect }]) => {
    const kept = broad === contentRect.width ? `${contentRect.height}px` : "";
    if (caption.style.minHeight !== kept) caption.style.minHeight = kept; // lest the rest jump back
    broad = contentRect.width;
  });
  grown.observe(caption);
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
    handles.observe(explorer, { childList: true, subtree: true });
  };
  requestAnimationFrame(attach);
  const endKeys = hearKeys(picture, press);
  hold(); // the first table may hold one frame
  listen();
  takeControls();
  changeScene();
  changeImages();
  return () => {
    for (const [name, action] of Object.entries(events)) model.off(name, action);
    for (const slider of sliders) slider.off("change:value", slid);
    clearTimeout(timer);
    clearTimeout(silence);
    endKeys();
    beside.close();
    resize.disconnect();
    grown.disconnect();
    handles.disconnect();
    for (const name of explorer ? HAND : []) explorer.removeEventListener(name, move, true);
    URL.revokeObjectURL(image.src);
    el.replaceChildren();
  };
}

export default { initialize, render };
