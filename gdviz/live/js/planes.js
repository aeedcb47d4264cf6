// Transparent panes over the axes that a pointer can hold. They stay while scenes change: a hand may
// hold one.

const DOUBLE = 400; // ms between the two presses of a double click
const TREMOR = 6; // pixels that a finger may move before it drags

/** The panes of a figure. */
function planesOf(figure, hand, lens) {
  const { model, picture } = figure;
  const planes = [];
  let under = null; // where the pointer hovers: its place, and the text that says it

  /** Shows the step that lies nearest along the axes; past the last one, that. */
  function showStepAt(number, [x]) {
    const { scene } = figure;
    const counted = columnsOf(model, scene)(scene.axes[number].reveals);
    if (!counted) return; // the picture is still on its way
    let nearest = 0;
    const far = (k) => Math.abs(counted.values[k] - x);
    for (let k = 1; k < counted.points; k++) if (far(k) <= far(nearest)) nearest = k;
    model.set("reveal", nearest * scene.stride);
    if (!model.get("controls").step) model.save_changes(); // else that tells the kernel
  }

  /** A pane that sends where it is held, in data coordinates, and shows where the pointer hovers. */
  function newPlane(number) {
    const plane = document.createElement("div");
    plane.className = "gdviz-plane";
    let press = 0; // tells one drag from the next
    const axes = () => figure.scene.axes[number];
    const fractions = (event) => {
      const box = plane.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    };
    const placeOf = (event) => {
      const [across, up] = fractions(event).map((v) => Math.max(0, Math.min(1, v)));
      return axesMap(lens.seen(number, programOf(model)), 1, 1).data(across, 1 - up);
    };
    const hover = (event) => {
      const text = axes().hover;
      if (!text || (!event && !under)) return;
      under = event && { place: placeOf(event), text };
      figure.schedule();
    };
    const send = (event) => {
      const at = placeOf(event);
      if (axes().reveals) showStepAt(number, at);
      else hand.point(number, at, press);
    };
    const zoom = zoomBy(figure, lens, plane, number, fractions);
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
      if (near && zoom.zooms() && !lens.isHome(number)) {
        last.time = -Infinity;
        return hand.back(number, last.start); // a double click leads back: the first is undone
      }
      last = { time, x, y, start: hand.start };
      press = Math.round(event.timeStamp);
      drags = true;
      if (event.pointerType === "touch" && zoom.zooms()) tap = event;
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

  return {
    get under() {
      return under;
    },
    /** Lays a pane over each of the axes of a new scene. */
    lay() {
      const { axes } = figure.scene;
      planes.splice(axes.length).forEach((plane) => plane.remove());
      axes.forEach(({ box, drag, reveals }, number) => {
        const [left, bottom, width, height] = box.map((v) => `${100 * v}%`);
        planes[number] ??= newPlane(number);
        const display = drag || reveals ? "block" : "none";
        planes[number].classList.toggle("gdviz-steps", Boolean(reveals));
        Object.assign(planes[number].style, { left, bottom, width, height, display });
      });
    },
  };
}
