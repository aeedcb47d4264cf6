// A field beside a slider: it says where the slider stands, and takes what is typed instead.

function render({ model, el }) {
  // JupyterLab has keys of its own, Enter among them; not here
  el.innerHTML = `<input class="gdviz-field" type="text" inputmode="decimal" spellcheck="false"
    autocomplete="off" data-lm-suppress-shortcuts="true">`;
  const input = el.firstElementChild;
  input.setAttribute("aria-label", model.get("label"));
  let slider;

  /** Tells the kernel what was typed; null: nothing is. */
  const tell = (typed) => {
    if (model.get("typed") === typed) return;
    model.set("typed", typed);
    model.save_changes();
  };
  const follow = () => {
    input.value = slider?.get("_options_labels")[slider.get("index")] ?? "";
  };
  const moved = () => {
    requestAnimationFrame(follow); // a number in a field takes as long as a picture, which is first
    tell(null);
  };
  const answered = () => {
    if (model.get("typed") === null) follow();
  };
  const pressed = ({ key }) => {
    if (key === "Escape") moved();
    if (key === "Enter") tell(input.value);
  };

  input.addEventListener("change", () => tell(input.value));
  input.addEventListener("keydown", pressed);
  model.on("change:typed", answered);
  let gone = false;
  model.widget_manager.get_model(model.get("slider").replace("IPY_MODEL_", "")).then((found) => {
    if (gone) return;
    slider = found;
    slider.on("change:index change:_options_labels", moved);
    answered();
  });
  return () => {
    gone = true;
    slider?.off("change:index change:_options_labels", moved);
    model.off("change:typed", answered);
    el.replaceChildren();
  };
}

export default { render };
