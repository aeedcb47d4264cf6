// Keys on the picture: they move the controls around it, so that there is one state of each.

const MOVES = {
  ArrowLeft: ["x", -1],
  ArrowRight: ["x", 1],
  ArrowDown: ["y", -1],
  ArrowUp: ["y", 1],
  PageDown: ["rate", -1],
  PageUp: ["rate", 1],
  ",": ["step", -1],
  ".": ["step", 1],
  Home: ["step", -Infinity],
  End: ["step", Infinity],
  " ": ["play", 1],
  n: ["point", 1],
  b: ["point", -1],
  Escape: ["point", 0],
  "+": ["zoom", 1 / 1.5],
  "=": ["zoom", 1 / 1.5],
  "-": ["zoom", 1.5],
  0: ["zoom", 0],
};
const MANY_AT_ONCE = 10; // with Shift
const TOLD = [
  ["y", "arrow keys: start"],
  ["x", "← →: start"],
  ["rate", "Page Up, Page Down: learning rate"],
  ["step", "comma, period: step"],
  ["play", "space: play"],
  ["point", "n, b: data points"],
  ["zoom", "+ − 0: zoom"],
];

/** Moves a control by so many of its positions, as far as it goes. */
function moveControl(control, by) {
  const labels = control.get("_options_labels");
  const trait = labels ? "index" : "value";
  const [low, high, grid] = labels
    ? [0, labels.length - 1, 1]
    : ["min", "max", "step"].map((name) => control.get(name));
  const position = Math.round((control.get(trait) - low) / grid) + by;
  const place = Math.max(low, Math.min(high, low + position * grid));
  control.set(trait, Number(place.toPrecision(15)));
  control.save_changes();
}

const TIED = { rate: ["index", "frame"], step: ["value", "reveal"], play: ["value", "reveal"] };

/** Lets where a control stands and what a figure shows be one, at first what the control says; the
 * kernel hears of it from the control alone. Returns what ends that. */
function tie(model, control, [place, shown]) {
  const follow = () => model.set(shown, control.get(place));
  const lead = () => {
    if (control.get(place) === model.get(shown)) return;
    control.set(place, model.get(shown));
    control.save_changes();
  };
  follow();
  control.on(`change:${place}`, follow);
  model.on(`change:${shown}`, lead);
  return () => {
    control.off(`change:${place}`, follow);
    model.off(`change:${shown}`, lead);
  };
}

/** The keys of a figure's picture: they move its start, its lens, and its controls. */
function keysOf(figure, { caption, hand, lens, points }, readout, help) {
  const { model, picture } = figure;
  let controls = {}; // by name
  let [ties, heard] = [[], 0]; // what ends each; how many sets of controls were asked for

  /** Makes the picture one stop of the Tab key, whose keys are those of its controls; without any it
   * is an image. What they do is read in `help`, and beside the readout. */
  function offer() {
    const zoom = figure.scene?.axes.some((axes) => axes.zoom);
    const moved = { ...controls, zoom, point: points.any };
    const names = Object.keys(MOVES).filter((key) => moved[MOVES[key][0]]);
    const told = TOLD.filter(([name]) => moved[name] && !(name === "x" && moved.y));
    help.textContent = readout.dataset.keys = told.map(([, text]) => text).join(" · ");
    help.id ||= `gdviz-keys-${Math.random().toString(36).slice(2)}`;
    const traits = names.length && {
      role: "application",
      tabindex: "0",
      "aria-roledescription": "live figure",
      "aria-keyshortcuts": names.map((key) => (key === " " ? "Space" : key)).join(" "),
      "aria-describedby": help.id,
    };
    for (const [name, value] of Object.entries(traits || { role: "img" })) picture.setAttribute(name, value);
  }

  /** Does what a key stands for; returns whether it stands for anything. */
  function press(key, many) {
    const [name, by] = MOVES[key] ?? [];
    const control = controls[name];
    caption.remark("");
    if (name === "zoom") return lens.byKey(by);
    if (name === "point") return by ? points.choose(by) : points.letGo();
    if ((name === "x" || name === "y") && points.move(name, by * many)) {
      figure.touch();
      return true;
    }
    if (!control) return false;
    figure.touch();
    if (name === "play") {
      control.set("playing", !control.get("playing"));
      control.save_changes();
    } else if (!hand.push("xy".indexOf(name), control, by * many)) moveControl(control, by * many);
    return true;
  }

  /** Takes a key that stands for something: whoever listens on the page, such as a notebook with
   * keys of its own, does not hear of it. */
  function hear(event) {
    const { target, key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (target !== picture || ctrlKey || metaKey || altKey) return;
    if (!press(key, shiftKey ? MANY_AT_ONCE : 1)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  const deaf = () => window.removeEventListener("keydown", hear, true);
  picture.addEventListener("focus", () => window.addEventListener("keydown", hear, true));
  picture.addEventListener("blur", deaf);
  const untie = () => ties.forEach((end) => end());
  return {
    offer,
    /** Takes the controls that the model has now. */
    async listen() {
      const turn = ++heard;
      const [names, given] = [Object.keys(model.get("controls")), Object.values(model.get("controls"))];
      const found = await modelsNamed(model, given);
      if (turn !== heard) return; // newer ones are on their way, or nobody looks any more
      controls = Object.fromEntries(names.map((name, i) => [name, found[i]]));
      untie();
      const tied = names.filter((name) => TIED[name] && controls[name].on); // on a page, inputs are so
      ties = tied.map((name) => tie(model, controls[name], TIED[name]));
      offer();
    },
    close() {
      heard++;
      deaf();
      untie();
    },
  };
}
