// The sentence under a picture: what the kernel says of it; as long as it has not spoken, numbers.

const PATIENCE = 80; // ms in which the kernel may say what a new picture means

/** The caption of a figure, written into an element. */
function captionOf(figure, element) {
  const { model } = figure;
  let told = { over: true }; // what the picture shows: whether a run is `gone`, and its `numbers`
  let remark = ""; // what is said in place of the caption until the hand moves again
  let judged; // the program that a table came after: what it could not make is there
  let since = null; // when the kernel had last spoken of what is shown
  let silence;

  function say(sentence, problem) {
    if (element.textContent !== sentence) element.textContent = sentence;
    element.classList.toggle("gdviz-problem", problem);
  }

  function speak() {
    const { scene } = figure;
    const { table, frame, answered } = current(model);
    if (table.scene !== scene?.id) return; // its background is still on the way
    const program = model.get("program");
    const refused = program?.runs && program !== judged ? refusal(program) : "";
    const problem = model.get("problem") || refused;
    if (remark && !problem) return say(remark, false);
    if (told.over && !answered && !problem) {
      since ??= performance.now();
      clearTimeout(silence);
      const left = since + PATIENCE - performance.now();
      if (left > 0) silence = setTimeout(speak, left);
      else say(told.numbers(), false);
      return;
    }
    since = null;
    const meanwhile = told.gone ? `${scene.away} ${scene.meanwhile}` : scene.meanwhile;
    say(problem || (told.over ? table.captions[frame] : meanwhile), Boolean(problem));
  }

  let broad; // how broad the caption was when it was last seen to be high
  const grown = new ResizeObserver(([{ contentRect }]) => {
    const kept = (broad ?? contentRect.width) === contentRect.width ? `${contentRect.height}px` : "";
    if (element.style.minHeight !== kept) element.style.minHeight = kept; // lest the rest jump back
    broad = contentRect.width;
  });
  grown.observe(element);

  return {
    /** Takes note of what the picture shows now, and says what is to be said of it. */
    tell(shown) {
      told = shown;
      speak();
    },
    /** Says something else at once; with "" nothing from the next picture on. */
    remark(sentence) {
      remark = sentence;
      if (remark) speak();
    },
    receive() {
      judged = model.get("program");
    },
    close() {
      clearTimeout(silence);
      grown.disconnect();
    },
  };
}
