// A picture of two panels side by side, as one of panels above each other: where there is little room.
//
// What moves is drawn by the places of the axes alone, so to move those and the background is enough.

const AIR = 0.02; // of the picture's height: left free above and below a panel
const WHITE = 250; // or lighter: where nothing is drawn

/** A new canvas to draw on. */
function canvasOf(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return [canvas, canvas.getContext("2d", { willReadFrequently: true })];
}

/** Whether all of a background is blank in a column, or between two of a row. */
function blanksOf(background, width, height) {
  const [, ctx] = canvasOf(width, height);
  ctx.drawImage(background, 0, 0);
  const { data } = ctx.getImageData(0, 0, width, height);
  const isBlank = (left, right, top, bottom) => {
    for (let y = top; y < bottom; y++)
      for (let i = 4 * (y * width + left); i < 4 * (y * width + right); i += 4)
        if (Math.min(data[i], data[i + 1], data[i + 2]) < WHITE) return false;
    return true;
  };
  return {
    isBlankColumn: (x) => isBlank(x, x + 1, 0, height),
    isBlankRow: (y, from, to) => isBlank(from, to, y, y + 1),
  };
}

/** Where a picture can be cut in two: the middle of the widest blank strip between its panels, as a
 * share of its width; undefined if there is none. */
function cutOf(isBlankColumn, width, [left, right]) {
  const [from, to] = [left.box[0] + left.box[2], right.box[0]].map((share) => Math.round(share * width));
  let best = { length: 0 };
  for (let x = from, length = 0; x < to; x++) {
    length = isBlankColumn(x) ? length + 1 : 0;
    if (length > best.length) best = { length, middle: x - length / 2 };
  }
  return best.length > 2 ? best.middle / width : undefined;
}

/** The scene of a picture with its panels above each other, and the address of its background;
 * nothing if it has no two side by side. */
function stacked(scene, background) {
  const { naturalWidth: width, naturalHeight: height } = background;
  if (scene.axes.length < 2 || !width) return null;
  const { isBlankColumn, isBlankRow } = blanksOf(background, width, height);
  const cut = cutOf(isBlankColumn, width, scene.axes);
  if (cut === undefined) return null;
  const parts = [[0, cut], [cut, 1]].map(([from, to]) => {
    const ends = [Math.round(from * width), Math.round(to * width)];
    let [top, bottom] = [0, height];
    while (top < bottom && isBlankRow(top, ...ends)) top++;
    while (bottom > top && isBlankRow(bottom - 1, ...ends)) bottom--;
    return { from, to, top: Math.max(0, top / height - AIR), bottom: Math.min(1, bottom / height + AIR) };
  });
  const wide = Math.max(...parts.map(({ from, to }) => to - from));
  const high = parts.reduce((sum, { top, bottom }) => sum + bottom - top, 0);
  const [canvas, ctx] = canvasOf(Math.round(wide * width), Math.round(high * height));
  ctx.fillStyle = "white";
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  let down = 0; // how much of the new picture stands above a part
  for (const part of parts) {
    const { from, to, top, bottom } = part;
    const [w, h] = [(to - from) * width, (bottom - top) * height];
    ctx.drawImage(background, from * width, top * height, w, h, 0, down * height, w, h);
    part.down = down;
    down += bottom - top;
  }
  const axes = scene.axes.map((each, i) => {
    const { from, top, down } = parts[Math.min(i, 1)];
    const moved = ([x, y, w, h]) => { // y from below
      const above = down + 1 - y - h - top;
      return [(x - from) / wide, 1 - (above + h) / high, w / wide, h / high];
    };
    const zoom = each.zoom && { ...each.zoom, labels: each.zoom.labels.map(moved) };
    return { ...each, box: moved(each.box), zoom };
  });
  return {
    scene: { ...scene, axes, width: wide * scene.width, height: high * scene.height },
    url: canvas.toDataURL(),
  };
}
