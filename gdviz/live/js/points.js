// A point that the keyboard holds, such as a row of data: chosen among its fellows, then moved.

const GRID = 200; // places along each of its axes
const RING = [9, 3]; // radius and width in points, of what shows which one is held
const RING_COLOR = "#0072b2";

/** The point of a figure that keys hold. */
function pointsOf(figure, hand, caption) {
  const { model, picture } = figure;
  let held = null; // its number, its axes, where it is asked to be, and what tells this hold apart

  /** The marks whose points may be held. */
  const handles = () =>
    (figure.scene?.marks ?? []).filter(
      ({ follow, axes }) => follow === "handle" && figure.scene.axes[axes].drag,
    );

  /** Where their points are, by axes and number. */
  function places() {
    const found = new Map();
    for (const { axes, columns } of handles()) {
      const [x, y] = columns.map(columnsOf(model, figure.scene));
      for (let i = 0; i < (x?.points ?? 0); i++)
        if (!Number.isNaN(x.values[i] + y.values[i])) found.set(`${axes} ${i}`, [x.values[i], y.values[i]]);
    }
    return found;
  }

  const key = () => held && `${held.axes} ${held.number}`;

  function letGo() {
    if (!held) return false;
    held = null;
    figure.schedule();
    return true;
  }

  picture.addEventListener("blur", letGo);
  return {
    get any() {
      return handles().length > 0;
    },
    letGo,
    /** Holds the next point (or the one before); returns whether there is one. */
    choose(by) {
      const all = places();
      const names = [...all.keys()].sort((a, b) => all.get(a)[0] - all.get(b)[0]);
      if (!names.length) return false;
      const from = names.indexOf(key());
      const next = from < 0 ? (by > 0 ? 0 : names.length - 1) : (from + by + names.length) % names.length;
      const [axes, number] = names[next].split(" ").map(Number);
      const at = all.get(names[next]);
      held = { axes, number, at, press: Math.round(performance.now()) };
      const [x, y] = at.map((v) => Number(v.toPrecision(4)));
      caption.remark(
        `Data point ${next + 1} of ${names.length}, at (${x}, ${y}): arrow keys move it, Escape lets it go.`,
      );
      figure.schedule();
      return true;
    },
    /** Moves the held point by so many places along x or y; returns whether there is one. */
    move(name, by) {
      if (!held || !places().has(key())) return false;
      const { xlim, ylim } = figure.scene.axes[held.axes];
      const along = "xy".indexOf(name);
      const [low, high] = [xlim, ylim][along];
      const place = held.at[along] + (by * (high - low)) / GRID;
      held.at[along] = Math.max(low, Math.min(high, place));
      hand.point(held.axes, [...held.at], held.press, null, held.number);
      return true;
    },
    /** Draws a ring about the held point. */
    draw(ctx, maps, unit) {
      const at = held && places().get(key());
      if (!at) return;
      const [radius, width] = RING.map((v) => v * unit);
      const map = maps[held.axes];
      ctx.beginPath();
      ctx.arc(map.x(at[0]), map.y(at[1]), radius, 0, 2 * Math.PI);
      ctx.setLineDash([]);
      ctx.lineWidth = width;
      ctx.strokeStyle = RING_COLOR;
      ctx.stroke();
    },
  };
}
