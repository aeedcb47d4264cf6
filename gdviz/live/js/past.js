// The run that was seen when the hand last rested: once it moves on, that run stays as a faint ghost
// beside the newer ones, until the next of them has been at rest.

const FIRST = 6; // points by which two runs are told apart: later ones may differ by a last digit
const SAME = 1e-5; // of the largest number

/** Whether two columns begin alike and are equally long. */
function beginAlike(one, other) {
  if (one.length !== other.length) return false;
  for (let k = 0; k < Math.min(FIRST, one.length); k++) {
    const [a, b] = [one[k], other[k]];
    if (Math.abs(a - b) > SAME * Math.max(Math.abs(a), Math.abs(b), 1e-300)) return false;
  }
  return true;
}

/** What is remembered of runs: what each was drawn from, which stays as it was. */
function pastRuns() {
  let [now, rested, ghost] = [null, null, null];
  let story; // runs of another one are not comparable
  const forget = () => ([rested, ghost] = [null, null]);
  const isSame = (one, other) =>
    one.length === other.length && one.every(({ values }, i) => beginAlike(values, other[i].values));
  return {
    forget,
    /** Takes note of what is shown; the first run that differs from the rested one makes a ghost of
     * that. */
    look(marks, column, reveal, told) {
      const names = marks.find(({ follow }) => follow === "ghost")?.columns;
      if (!names) return;
      if (told !== story) forget();
      story = told;
      const shown = names.map(column);
      if (shown.includes(undefined)) return;
      now = { shown, column, reveal };
      if (!rested) return;
      if (isSame(rested.shown, shown)) rested.reveal = reveal;
      else [ghost, rested] = [rested, null];
    },
    /** The hand rests: what is shown now is what the next run is compared with. */
    rest() {
      rested ??= now;
    },
    draw(ctx, mark, map, unit) {
      const columns = ghost ? mark.columns.map(ghost.column) : [];
      if (!columns.length || columns.includes(undefined)) return;
      const lines = linesOf({ ...mark, follow: "trail" }, columns, ghost.reveal, map, unit);
      drawMark(ctx, mark, lines, map, unit);
    },
  };
}
