// A matplotlib picture whose moving artists the browser draws.
//
// The kernel sends a background (PNG), a scene (axes and line styles) and packets of numbers.
// A packet holds one or many frames; flipping through them asks nobody.

const REST = 80; // ms without a newer glimpse: the hand rests

/** Gives what ipywidgets leaves nameless around the picture a name: slider handles, by the label
 * and the number that stand beside them, and the player's buttons. */
function nameControls(root) {
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const slider = handle.closest(".widget-slider");
    const [label, value] = ["label", ".widget-readout"].map(
      (s) => slider?.querySelector(s)?.textContent,
    );
    if (label && handle.ariaLabel !== label) handle.ariaLabel = label;
    if (value && handle.ariaValueText !== value) handle.ariaValueText = value;
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
  let room = { width: 0, height: 0 };
  let images = {}; // by the number of their artist
  let [asked, ready] = [0, 0]; // how many sets of images were to be decoded; the newest that is
  let scene; // the one the shown background belongs to
  let [shown, drawing, dirty] = [0, false, false];
  let over = true; // whether a later step would tell nothing new
  let under; // where the pointer hovers: its place, and the text that says it
  const planes = [];

  function draw() {
    if (!room.width) room = { width: picture.clientWidth, height: picture.clientHeight };
    const { width, height } = room;
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
    const now = readAt(reveal);
    readout.textContent = under ? fill(under.text, [...under.place]) : now;
    over = reveal >= end || !scene.meanwhile || (read.length && now === readAt(end));
    speak();
    stage.dataset.frame = ++shown;
  }

  /** Writes the caption; one that is still on its way leaves the old one there. */
  function speak() {
    const { packet, frame } = current(model);
    const [problem, said] = [model.get("problem"), model.get("said")];
    const told = said.of === packet.version ? said.caption : packet.captions[frame];
    const sentence = problem || (over ? told : scene.meanwhile);
    if (sentence !== null && caption.textContent !== sentence) caption.textContent = sentence;
    caption.classList.toggle("gdviz-problem", Boolean(problem));
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

  /** Decodes the moving pictures, and shows them unless a newer set was ready sooner. */
  async function changeImages() {
    const turn = ++asked;
    const bitmaps = {};
    for (const [i, png] of Object.entries(model.get("images")))
      bitmaps[i] = await createImageBitmap(new Blob([png], { type: "image/png" }));
    if (turn < ready) return;
    [images, ready] = [bitmaps, turn];
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
  events["change:said"] = speak;
  for (const name of ["frame", "reveal", "sweep", "glimpse", "detail", "problem"])
    events[`change:${name}`] = schedule;
  for (const [name, action] of Object.entries(events)) model.on(name, action);
  const resize = new ResizeObserver(([{ contentRect }]) => {
    room = contentRect; // to ask the page each time we draw would make it lay itself out
    schedule();
  });
  resize.observe(picture);
  const handles = new MutationObserver((records) => {
    const changed = records.map(({ target }) => target.closest(".widget-slider") ?? target);
    for (const part of new Set(changed)) if (!stage.contains(part)) nameControls(part);
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
