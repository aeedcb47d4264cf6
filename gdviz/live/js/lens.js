// What a hand has zoomed: the browser shows it at once, the kernel hears of it when the hand rests.

/** The lens of a figure; why it goes no further is said by its caption. */
function lensOf(figure, caption) {
  const { model } = figure;
  let lens = null; // which axes it is on, what they show now, and what they are to show
  let zooming = false; // whether the hand is not yet at rest

  const axesWith = (scene) => scene?.axes.findIndex((axes) => axes.zoom);
  const axesOf = (number) => figure.scene?.axes[number];
  const isOn = (number) => lens?.axes === number;
  const shownOn = (number) => (isOn(number) ? lens.goal : windowsOf(axesOf(number)));
  const isHome = (number) => alike(shownOn(number), axesOf(number).zoom.home);

  /** Lets axes show other windows; they go there in a moment, or glide. */
  function lookAt(number, goal, glides) {
    const wide = ([[a, b]]) => b - a;
    const from = shownOn(number);
    const why = forbidden(goal, axesOf(number).zoom);
    if (why && (wide(goal) >= wide(from)) === (why === WIDEST)) return caption.remark(why);
    caption.remark("");
    lens = { axes: number, now: isOn(number) ? lens.now : from, goal };
    zooming = true;
    figure.hold();
    if (!glides || CALM.matches) lens.now = goal;
    figure.schedule(lens.now === goal);
  }

  return {
    isOn,
    isHome,
    lookAt,
    shownOn,
    goHome: (number) => lookAt(number, axesOf(number).zoom.home, true),
    /** Axes with the limits that are shown now. */
    seen(number, program) {
      const axes = axesOf(number);
      return isOn(number) ? seenThrough(axes, lens.now, program) : axes;
    },
    /** Whether it is not yet where it is to be. */
    get glides() {
      return Boolean(lens) && lens.now !== lens.goal;
    },
    /** Glides on for a frame; returns whether it has come to where it is to be. */
    goOn() {
      if (!this.glides) return false;
      const { axes, now, goal } = lens;
      lens.now = alike(now, goal) ? goal : now.map((each, i) => between(each, goal[i], CATCH));
      if (this.glides) return false;
      if (!zooming && alike(goal, windowsOf(axesOf(axes)))) lens = null;
      return true;
    },
    /** What the kernel is to be asked about it when the hand rests. */
    question() {
      if (!zooming || !lens) return {};
      zooming = false;
      const { axes, goal } = lens;
      if (alike(goal, windowsOf(axesOf(axes)))) {
        lens = null;
        figure.schedule();
        return {};
      }
      return { window: isHome(axes) ? null : goal, zoomed: performance.now() };
    },
    /** Another scene has come after this one: it may show what was asked for, or another plane, or
     * another part of the same plane, to which the lens glides. */
    receive(before) {
      const number = lens ? lens.axes : axesWith(figure.scene);
      const [old, axes] = [before?.axes[number], axesOf(number)];
      const same = axes?.zoom && String(axes.zoom.home) === String(old?.zoom?.home);
      if (lens) {
        if (!same || (!zooming && alike(lens.goal, windowsOf(axes)))) lens = null;
      } else if (same && programOf(model) && !CALM.matches) {
        const [now, goal] = [windowsOf(old), windowsOf(axes)];
        if (!alike(now, goal)) lens = { axes: number, now, goal };
      }
    },
    /** What was asked for is refused. */
    refuse() {
      if (!zooming) lens = null;
    },
    forget() {
      lens = null;
    },
    /** Zooms about the shown point if it is in sight, else about the middle; 0 goes home. Returns
     * whether there is anything to zoom. */
    byKey(factor) {
      const number = axesWith(figure.scene);
      if (!(number >= 0)) return false;
      const column = columnsOf(model, figure.scene);
      const step = Math.ceil(model.get("reveal") / figure.scene.stride);
      const at = shownOn(number).map(([low, high], i) => {
        const found = column("xy"[i]);
        const alone = found?.shape.length === 1;
        const place = alone ? (atStep(found, step) - low) / (high - low) : 0.5;
        return place >= 0 && place <= 1 ? place : 0.5;
      });
      if (factor) lookAt(number, scaled(shownOn(number), factor, at), true);
      else this.goHome(number);
      return true;
    },
  };
}

/** Zooms axes by wheel, by two fingers on a pad (which comes as a wheel with Ctrl) or on a screen,
 * and shifts them by a drag with Shift or the middle button; `place` finds a pointer on their plane.
 * Returns what says whether a press is meant for it. */
function zoomBy(figure, lens, plane, number, place) {
  const fingers = new Map(); // their places, as fractions of the plane
  let grip = null; // what is held: places in data, and how far apart fingers are
  const zooms = () => Boolean(figure.scene.axes[number]?.zoom);
  const toData = (at) => lens.shownOn(number).map(([low, high], i) => low + at[i] * (high - low));
  const apart = ([[a, b], [c, d]]) => Math.hypot(a - c, b - d);
  const middle = (places) =>
    places[0].map((_, i) => places.reduce((sum, each) => sum + each[i], 0) / places.length);
  const holding = () => [...fingers.values()].slice(0, 2);
  const take = () => {
    const held = holding();
    grip = { at: held.map(toData), far: held.length > 1 ? apart(held) : 1 };
  };
  const follow = () => {
    const held = holding();
    const [here, there] = [middle(held), middle(grip.at)];
    const factor = held.length > 1 ? grip.far / Math.max(1e-3, apart(held)) : 1;
    if (held.length > 1) grip.far = apart(held);
    const goal = lens.shownOn(number).map(([low, high], i) => {
      const width = (high - low) * factor;
      const from = there[i] - here[i] * width;
      return [from, from + width];
    });
    lens.lookAt(number, goal, false);
  };
  const wheel = (event) => {
    const meant = event.ctrlKey || event.metaKey || document.activeElement === figure.picture;
    if (!zooms() || !meant) return;
    event.preventDefault();
    const pixels = Math.max(-50, Math.min(50, event.deltaY * [1, 16, 400][event.deltaMode]));
    const factor = Math.exp(pixels * (event.ctrlKey ? 0.01 : 0.005));
    lens.lookAt(number, scaled(lens.shownOn(number), factor, place(event)), Math.abs(pixels) > 20);
  };
  const release = ({ pointerId }) => {
    if (fingers.delete(pointerId) && grip && fingers.size) take();
    if (!fingers.size) grip = null;
  };
  plane.addEventListener("wheel", wheel, { passive: false });
  plane.addEventListener("mousedown", (event) => {
    if (event.button === 1 && zooms()) event.preventDefault(); // else the page scrolls by itself
  });
  plane.addEventListener("dblclick", () => {
    if (zooms() && !lens.isHome(number)) lens.goHome(number);
  });
  plane.addEventListener("pointerup", release);
  plane.addEventListener("pointercancel", release);
  return {
    zooms,
    /** Whether a press begins a zoom or a shift. */
    begins(event) {
      if (!zooms()) return false;
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
