// A lesson without a kernel: the figures' own module draws, a small face of `Live` holds what is
// shown, and native controls move it. What cannot be live stays the still that it was.

// A figure that has drawn nothing is given up after so many ms, and frames: where all is slow, later
const PATIENCE = [5000, 300];

/** What a figure's module knows of the kernel's side: named values, and who listens to them. */
function face(values, more = {}) {
  const heard = new EventTarget();
  const each = (names, action) => names.split(" ").forEach(action);
  return {
    ...more,
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      heard.dispatchEvent(new Event(`change:${name}`));
    },
    on: (names, tell) => each(names, (name) => heard.addEventListener(name, tell)),
    off: (names, tell) => each(names, (name) => heard.removeEventListener(name, tell)),
    save_changes() {},
  };
}

/** The bytes that base64 text stands for. */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Inflates numbers of `size` bytes: first all first bytes, then all second ones; each number's bits
 * as what they add to those of the number so many places `back`. */
async function inflated({ deflated, size, back }) {
  const stream = new Blob([bytesOf(deflated)]).stream();
  const plain = stream.pipeThrough(new DecompressionStream("deflate"));
  const sorted = new Uint8Array(await new Response(plain).arrayBuffer());
  const bytes = new Uint8Array(sorted.length);
  for (let byte = 0, k = 0; byte < size; byte++)
    for (let i = byte; i < bytes.length; i += size) bytes[i] = sorted[k++];
  const bits = new (size === 2 ? Uint16Array : Uint32Array)(bytes.buffer);
  for (let i = back; i < bits.length; i++) bits[i] += bits[i - back];
  return bytes;
}

/** A value of the page's data with its bytes unpacked. */
async function unpacked(value) {
  if (typeof value !== "object" || value === null) return value;
  if ("base64" in value) return bytesOf(value.base64);
  if ("deflated" in value) return inflated(value);
  if (Array.isArray(value)) return Promise.all(value.map(unpacked));
  const parts = Object.entries(value).map(async ([name, part]) => [name, await unpacked(part)]);
  return Object.fromEntries(await Promise.all(parts));
}

/** Binds a range input to what the model holds, and its label to the number beside it. */
function bind(input, model, name, { read = (held) => held, write = (value) => value, label = String }) {
  const show = () => {
    const value = read(model.get(name));
    input.value = value;
    const text = label(value).replace("-", "−");
    input.setAttribute("aria-valuetext", text);
    input.parentElement.querySelector("output").textContent = text;
    input.style.setProperty("--share", (value - input.min) / (input.max - input.min || 1));
  };
  input.addEventListener("input", () => model.set(name, write(Number(input.value), model.get(name))));
  model.on(`change:${name}`, show);
  show();
}

/** A range input as the figure's module knows a control: its place is a value, or an index. */
const asControl = (input, labels) => ({
  get: (name) => (name === "_options_labels" ? labels : Number(input[name === "index" ? "value" : name])),
  set(_, value) {
    input.value = value;
    input.dispatchEvent(new Event("input"));
  },
  save_changes() {},
});

/** Binds the sliders of the start, each to a place in it; a pointer on the plane moves it too. One
 * that chooses among the surfaces of a family has their numbers. */
function bindStart(inputs, model, sliders) {
  for (const [i, { place, digits, percent, numbers }] of sliders.entries())
    bind(inputs[i], model, "start", {
      read: (start) => (numbers ? numbers.indexOf(start[place]) : start[place]),
      write: (value, start) =>
        Object.assign([...start], { [place]: numbers ? numbers[value] : Number(value.toFixed(12)) }),
      label: (value) => {
        if (numbers) return String(Number(numbers[value].toPrecision(3)));
        return percent ? `${(100 * value).toFixed(digits)}%` : value.toFixed(digits);
      },
    });
}

/** Hides a ruler while another surface of a family is shown than the one it speaks of. */
function keepTrue(track, model, d) {
  const [home] = model.get("start").slice(d);
  const look = () => track.classList.toggle("elsewhere", model.get("start")[d] !== home);
  model.on("change:start", look);
}

/** Lays the named zones and marks of a learning-rate slider under it. */
function layRuler(figure, slider, traits) {
  const manager = { widget_manager: { get_model: async () => slider } };
  const el = figure.querySelector(".track");
  if (!traits.zones.length && !traits.marks.length) return el.remove();
  el.innerHTML = `<div class="noUi-base"></div><div></div>`; // by this name the ruler finds its track
  ruler.render({ model: face({ ...traits, slider: "" }, manager), el: el.lastChild });
  const keepInside = () => {
    let edge = document.documentElement.clientWidth - 2;
    for (const mark of [...el.querySelectorAll(".gdviz-mark")].reverse()) {
      mark.style.marginLeft = "";
      const { left, right } = mark.getBoundingClientRect();
      const over = Math.max(0, right - edge);
      mark.style.marginLeft = `${-over}px`;
      edge = left - over;
    }
  };
  new ResizeObserver(keepInside).observe(el);
}

/** Lets a button play the steps, from the first one if the last is shown. */
function bindPlayer(figure, model, { step, interval }) {
  const button = figure.querySelector(".play");
  let timer;
  const stop = () => {
    timer = clearInterval(timer);
    button.textContent = "play";
  };
  const next = () => {
    model.set("reveal", Math.min(model.get("reveal") + step.step, step.max));
    if (model.get("reveal") >= step.max) stop();
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (model.get("reveal") >= step.max) model.set("reveal", 0);
    button.textContent = "pause";
    timer = setInterval(next, interval);
  });
  return stop;
}

/** Makes a figure live once it has drawn its first frame; until then its still is seen. */
async function enliven(figure) {
  const state = JSON.parse(figure.querySelector("script").textContent);
  const values = await unpacked(state.live);
  values.start = state.start?.length ? [...values.table.start] : [];
  for (const { place, value, numbers } of state.start ?? []) values.start[place] = numbers?.[value] ?? value;
  const home = { frame: values.frame, reveal: values.reveal, start: values.start };
  const model = face({ problem: "", question: {}, sliders: [], controls: {}, fresh: 0, ...values });
  // a map that belongs to one learning rate is not shown at others, if none can be made here
  const coloured = () =>
    model.set("images", model.get("frame") === home.frame ? values.images : {});
  const makesMaps = values.program.map && "Worker" in window;
  if (Object.keys(values.images).length && !makesMaps) {
    model.on("change:frame", coloured);
    if (values.program.map) note(figure, "This browser cannot colour the map at other learning rates.");
  }
  const el = figure.querySelector(".live");
  live.render({ model, el });
  const stage = el.querySelector(".gdviz-stage");
  await drawn(stage);
  const controls = figure.querySelector(".controls");
  if (controls) {
    stage.querySelector(".gdviz-picture").after(controls);
    const inputs = [...controls.querySelectorAll("input")];
    const [rate, step] = [state.rate ? inputs.shift() : null, inputs.shift()];
    const play = { get: () => false, set: () => figure.querySelector(".play").click(), save_changes() {} };
    const keyed = { step: asControl(step), play };
    if (rate) {
      bind(rate, model, "frame", { label: (i) => state.rate.labels[i] });
      keyed.rate = asControl(rate, state.rate.labels);
      layRuler(figure, keyed.rate, state.rate.ruler);
    }
    const track = figure.querySelector(".track");
    if (track && values.members.length) keepTrue(track, model, state.start.at(-1).place);
    bind(step, model, "reveal", {});
    bindStart(inputs, model, state.start);
    const stop = bindPlayer(figure, model, state);
    for (const [i, { place, numbers, percent }] of state.start.entries())
      if (!numbers && !percent) keyed["xy"[place]] = asControl(inputs[i]);
    model.set("controls", keyed);
    step.addEventListener("input", stop);
    controls.querySelector(".reset").addEventListener("click", () => {
      stop();
      model.set("fresh", model.get("fresh") + 1);
      for (const [name, value] of Object.entries(home)) model.set(name, value);
    });
    for (const control of controls.querySelectorAll(":disabled")) control.disabled = false;
  }
  const longer = (one, other) => (one.length > other.length ? one : other);
  stage.querySelector("figcaption").dataset.longest = values.table.captions.reduce(longer, "");
  figure.classList.add("is-live");
}

/** Waits until a stage has drawn a frame. */
async function drawn(stage) {
  const [begun, [time, frames]] = [performance.now(), PATIENCE];
  for (let k = 0; !(Number(stage.dataset.frame) > 0); k++) {
    if (k > frames && performance.now() - begun > time) throw new Error("nothing was drawn");
    await new Promise(requestAnimationFrame);
  }
}

/** Makes a figure live, or says that it cannot be. */
async function open(figure) {
  try {
    await enliven(figure);
  } catch {
    figure.querySelector(".live").remove();
    figure.querySelector(".controls")?.remove();
    note(figure, "This figure cannot move in this browser; it is shown as it opens.");
  }
}

/** Says below a figure what it cannot do here. */
function note(figure, sentence) {
  const said = document.createElement("p");
  said.className = "more";
  said.textContent = sentence;
  figure.append(said);
}

/** Turns the choices of a question into buttons; the first one pressed opens the figure. */
function ask(question) {
  const [said, look] = [".said", ".look"].map((s) => question.querySelector(s));
  const answer = question.dataset.answer;
  for (const [place, item] of [...question.querySelectorAll(".choices li")].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...item.childNodes);
    item.append(button);
    button.addEventListener("click", () => {
      for (const each of question.querySelectorAll(".choices button")) each.disabled = true;
      button.classList.add("chosen");
      said.textContent = `You predicted: ${button.textContent}. Now look.`;
      look.open = true;
      open(look.querySelector(".gdviz-explorer"));
      const right = Number(answer) === place;
      const happens = right ? "As you predicted: " : "What happens instead: ";
      look.querySelector(".verdict p")?.prepend(happens);
      const instead = question.querySelectorAll(".choices button")[answer]?.textContent;
      const told = right ? " So it is." : instead ? ` ${happens}${instead}.` : "";
      question.dataset.outcome = `You predicted: ${button.textContent}.${told}`;
      sumUp();
    });
  }
}

/** Writes what was predicted so far wherever it is summed up. */
function sumUp() {
  for (const place of document.querySelectorAll(".summary")) {
    const items = [...document.querySelectorAll(".predict")].map((question) => {
      const [item, outcome] = [document.createElement("li"), document.createElement("b")];
      outcome.textContent = question.dataset.outcome ?? "Not predicted yet.";
      item.append(question.querySelector(".question p").lastChild.textContent, " ", outcome);
      return item;
    });
    const list = document.createElement("ol");
    list.append(...items);
    place.querySelector("ol")?.remove();
    place.append(list);
  }
}

/** Lets keys scroll whatever is wider than its place, as long as it is. */
const scrolled = new ResizeObserver((found) => {
  for (const { target } of found) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

/** Resolves once somebody may look: a tab in the background draws nothing. */
function seen() {
  if (!document.hidden) return null;
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

document.documentElement.classList.add("js");
for (const question of document.querySelectorAll(".predict")) ask(question);
sumUp();
for (const each of document.querySelectorAll("pre, .table, math[display=block]")) scrolled.observe(each);
for (const figure of document.querySelectorAll(".gdviz-explorer")) {
  await seen();
  if (!figure.closest(".predict")) await open(figure);
}
