// A strip under a slider: coloured, named zones and marks that can be clicked.

function render({ model, el }) {
  el.innerHTML = `<div class="gdviz-ruler"></div>`;
  const ruler = el.firstElementChild;

  /** Moves the slider itself: a position of our own would be one more to tell the kernel of. */
  async function moveTo(index) {
    const name = model.get("slider").replace("IPY_MODEL_", "");
    const slider = await model.widget_manager.get_model(name);
    slider.set("index", index);
    slider.save_changes();
  }

  /** Lays the strip exactly under the slider's track. */
  function align() {
    const track = el.closest(".gdviz-ruled")?.querySelector(".noUi-base");
    if (!track) return;
    const [ours, theirs] = [el.getBoundingClientRect(), track.getBoundingClientRect()];
    ruler.style.marginLeft = `${theirs.left - ours.left}px`;
    ruler.style.width = `${theirs.width}px`;
  }

  function draw() {
    const last = model.get("count") - 1;
    const percent = (index) => `${(100 * index) / last}%`;
    ruler.replaceChildren();
    for (const [from, to, name, colour] of model.get("zones")) {
      const zone = document.createElement("span");
      zone.className = "gdviz-zone";
      zone.textContent = zone.title = name;
      zone.style.left = percent(from);
      zone.style.width = percent(to - from);
      zone.style.setProperty("--zone", colour);
      ruler.append(zone);
    }
    const marks = [...model.get("marks")].sort((a, b) => a[0] - b[0]);
    const near = (a, b) => a && b && Math.abs(a[0] - b[0]) < 0.12 * last;
    for (const [i, [index, name]] of marks.entries()) {
      const mark = document.createElement("button");
      mark.className = "gdviz-mark";
      mark.textContent = name;
      mark.style.left = percent(index);
      if (near(marks[i], marks[i + 1])) mark.classList.add("gdviz-before");
      else if (near(marks[i], marks[i - 1])) mark.classList.add("gdviz-after");
      mark.addEventListener("click", () => moveTo(index));
      ruler.append(mark);
    }
    align();
  }

  model.on("change:zones change:marks change:count", draw);
  const resize = new ResizeObserver(align);
  resize.observe(el);
  requestAnimationFrame(align);
  draw();
  return () => {
    resize.disconnect();
    model.off("change:zones change:marks change:count", draw);
    el.replaceChildren();
  };
}

export default { render };
