// What a hand asks for: the start, where its sliders stand or where a pointer holds it.

/** Asks the kernel; its answer is a table. A question that waits to be sent is replaced by the next
 * one, so that repeats where the pointer was last. */
function ask(model, question) {
  model.set("question", { ...model.get("question"), ...question });
  model.save_changes();
}

/** The model that stands in a widget's state. */
const modelNamed = (model, name) =>
  typeof name === "string" ? model.widget_manager.get_model(name.replace("IPY_MODEL_", "")) : name;
const modelsNamed = (model, names) => Promise.all(names.map((name) => modelNamed(model, name)));

/** The start of a figure in the hand. */
function handOf(model) {
  let held = null; // a start that the sliders have not heard of yet: a pointer's, or one of Python's
  let asked = null; // when a pointer has asked for it, and Python has not answered
  let waiting = null; // the question that the next animation frame asks
  let [sliders, heard] = [[], 0]; // and how many sets of them were asked for

  /** Shows a start before the sliders have it; without any nobody else moves it. */
  function hold(start) {
    if (sliders.length) held = start;
    model.set("start", start);
  }

  /** Shows at once what a place on a plane asks for, if it can be made here; returns the start. */
  function preview(number, at) {
    const { drags, grid, rates } = programOf(model) ?? { drags: [] };
    const kind = drags[number];
    if (kind !== "start" && kind !== "rate and start") return null;
    const place = kind === "start" ? at : [at[1]];
    const start = grid.map((step, i) => Number((Math.round(place[i] / step) * step).toPrecision(12)));
    start.push(...model.get("start").slice(grid.length)); // which surface of a family
    if (kind !== "start") {
      const far = rates.map((rate) => Math.abs(Math.log(rate / at[0])));
      model.set("frame", far.indexOf(Math.min(...far)));
    }
    hold(start);
    return start;
  }

  /** Shows what a place on a plane asks for, and asks the kernel; `press` tells drags apart. Which
   * `row` of the data is held the kernel is told only by keys. */
  function point(number, at, press, start = preview(number, at), row = null) {
    const before = waiting;
    waiting = { at, axes: number, press, row, turn: performance.now(), start };
    if (start) asked = waiting.turn;
    if (before) return; // one message per animation frame, with the newest place
    requestAnimationFrame(() => {
      ask(model, waiting);
      waiting = null;
    });
  }

  /** The start is where its sliders stand, unless it is held until they have all come there; a hand
   * that moves one of them (its view has the change) holds nothing else. */
  function slid(_slider, _value, change) {
    const program = programOf(model);
    if (!program) return;
    if (change?.updated_view) held = asked = null;
    const moving = [...sliders.slice(0, program.grid.length), ...sliders.slice(2)];
    const start = moving.map((slider) => slider.get("value"));
    if (held && !sameStart(program, start, held)) return;
    held = null;
    model.set("start", start);
  }

  return {
    point,
    /** Where the start is asked to be. */
    get start() {
      const start = programOf(model) ? model.get("start") : [];
      return held ?? (start.length ? start : current(model).table.start);
    },
    /** Asks for a start as it was. */
    back(number, start) {
      if (!start) return;
      if (programOf(model)) hold([...start]);
      point(number, [start[0], start[1] ?? 0], performance.now(), start);
    },
    /** Moves a start that a pointer has let go, and that its sliders have not heard of, by so many
     * places along a coordinate; returns whether there is one. */
    push(along, slider, by) {
      const { drags, grid } = programOf(model) ?? { drags: [] };
      if (!held || along < 0 || !drags.includes("start")) return false;
      const at = held.slice(0, grid.length);
      const [low, high] = ["min", "max"].map((end) => slider.get(end));
      at[along] = Math.max(low, Math.min(high, at[along] + by * grid[along]));
      point(drags.indexOf("start"), at, performance.now());
      return true;
    },
    letGo() {
      held = asked = null;
      slid();
    },
    /** A table has come. One that knows of what was asked for last has the newest start; it is held
     * till the sliders have come there. */
    receive() {
      const [program, { start, ahead, turn }] = [programOf(model), model.get("table")];
      if (!program) held = asked = null;
      else if (asked === null || asked === turn) {
        asked = null;
        if (ahead) hold([...start]);
        else if (held && !sameStart(program, held, start)) held = null;
        slid();
      }
    },
    /** Listens to the sliders of the start, whichever they are now. */
    async listen() {
      const turn = ++heard;
      const found = await modelsNamed(model, model.get("sliders"));
      if (turn !== heard) return; // newer ones are on their way, or nobody looks any more
      for (const slider of sliders) slider.off("change:value", slid);
      sliders = found;
      for (const slider of sliders) slider.on("change:value", slid);
    },
    close() {
      heard++;
      for (const slider of sliders) slider.off("change:value", slid);
    },
  };
}
