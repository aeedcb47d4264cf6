// Runs in the page, before JupyterLab: the few things a test asks of it, as promises that end.
window.lab = {
  panel: null,

  within(promise, what, seconds = 60) {
    const late = new Promise((_, refuse) =>
      setTimeout(() => refuse(new Error(`${what}: not done within ${seconds} s`)), seconds * 1000),
    );
    return Promise.race([promise, late]);
  },

  // Starts one of the functions below without waiting; `ended` waits for it.
  begin(name, given) {
    this.job = this[name](...given);
    this.working = true;
    this.job.catch(() => {}).finally(() => (this.working = false)); // heard by `ended`
  },

  ended() {
    return this.job;
  },

  async started() {
    await window.jupyterapp.restored;
  },

  async theme(dark) {
    const theme = dark ? "JupyterLab Dark" : "JupyterLab Light";
    await window.jupyterapp.commands.execute("apputils:change-theme", { theme });
  },

  // Opens a notebook of the server's root; its panel's id tells it apart from others.
  async open(path) {
    const panel = await window.jupyterapp.commands.execute("docmanager:open", { path });
    await panel.revealed;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    this.panel = panel;
    return panel.id;
  },

  // Closes every notebook, unsaved, and ends its kernel.
  async closeAll() {
    for (const panel of [...window.jupyterapp.shell.widgets("main")]) {
      if (!panel.sessionContext) continue;
      await panel.sessionContext.shutdown();
      panel.dispose();
    }
  },

  // Runs one of JupyterLab's own commands on the open notebook.
  async command(name) {
    window.jupyterapp.shell.activateById(this.panel.id);
    await window.jupyterapp.commands.execute(name);
  },

  async runCell(index) {
    this.panel.content.activeCellIndex = index;
    await this.command("notebook:run-cell");
  },

  codeCells() {
    return this.panel.content.widgets
      .map((cell) => cell.model)
      .filter((model) => model.type === "code" && model.sharedModel.getSource().trim());
  },

  // Each cell's error message, if it has one.
  cellErrors() {
    return this.codeCells()
      .flatMap((model) => model.outputs.toJSON())
      .filter((output) => output.output_type === "error")
      .map((output) => output.traceback.join("\n"));
  },

  idle() {
    return this.panel.sessionContext.session?.kernel?.status === "idle";
  },

  allExecuted() {
    return this.idle() && this.codeCells().every((model) => model.executionCount !== null);
  },

  // Runs code beside the notebook: no cell, no history. Resolves to what it printed and returned.
  async evaluate(code) {
    const kernel = this.panel.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    let text = "";
    let error = null;
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === "stream") text += content.text;
      if (header.msg_type === "execute_result") text += content.data["text/plain"];
      if (header.msg_type === "error") error = content.traceback.join("\n");
    };
    await future.done;
    if (error) throw new Error(error);
    return text.trim();
  },

  // Times from the next key press to the next frame after `element` has changed, in ms.
  timeNextKey(element) {
    let pressed = NaN;
    const note = (event) => (pressed = event.timeStamp);
    document.addEventListener("keydown", note, { capture: true, once: true });
    const seen = new Promise((done) => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        requestAnimationFrame(() => done(performance.now() - pressed));
      });
      const everything = { attributes: true, childList: true, characterData: true, subtree: true };
      observer.observe(element, everything);
    });
    this.trip = this.within(seen, "a change after a key press", 10);
  },
};
