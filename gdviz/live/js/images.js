// The pictures among the marks, such as maps of basins: the kernel's, or the newest made here.

/** The pictures of a figure, each known by the number of its mark. */
function imagesOf({ model, stage, schedule }) {
  let images = {}; // each with the frame it belongs to
  let map; // the newest that was made here, its program and its frame
  let [asked, ready] = [0, 0]; // how many sets of images were to be decoded; the newest that is

  const isStale = ({ frame }) => frame !== null && frame !== model.get("frame");
  const anyStale = () => Object.values(images).some(isStale);

  const count = () => (stage.dataset.image = Number(stage.dataset.image ?? 0) + 1);

  const beside = mapsBeside((made) => {
    map = made;
    count();
    schedule();
  });

  /** Has a map made for the shown frame if the kernel has sent none. */
  function askForMap() {
    const program = programOf(model);
    const frame = model.get("frame");
    if (!program?.map || !Object.keys(images).length) return;
    const known = map?.program === program && map.frame === frame;
    if (known || !anyStale()) count();
    else beside.ask(program, frame);
  }

  return {
    askForMap,
    /** What the kernel is to be asked when the hand rests: a picture of the shown frame, by its
     * number, as the kernel may hear of this before it hears of the last move. */
    question() {
      const wanted = programOf(model)?.map && anyStale();
      return wanted ? { picture: { frame: model.get("frame"), time: performance.now() } } : {};
    },
    /** The picture of a mark: the kernel's if it belongs to the shown frame. */
    of(number) {
      const image = images[number];
      if (!image) return undefined;
      const own = map?.program === programOf(model) ? map?.picture : undefined;
      return (isStale(image) && own) || image.picture;
    },
    /** Decodes the kernel's pictures, and shows them unless a newer set was ready sooner. */
    async change() {
      const turn = ++asked;
      const bitmaps = {};
      for (const [i, { png, frame }] of Object.entries(model.get("images"))) {
        const picture = await createImageBitmap(new Blob([png], { type: "image/png" }));
        bitmaps[i] = { frame, picture };
      }
      if (turn < ready) return;
      [images, ready] = [bitmaps, turn];
      count();
      askForMap();
      schedule();
    },
    close: () => beside.close(),
  };
}
