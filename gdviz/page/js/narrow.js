// A picture of two panels side by side, as one of panels above each other: for narrow screens.
//
// What moves is drawn by the places of the axes alone, so to move those and the background is enough.

const AIR = 0.02; // of the picture's height: left free above and below a panel

const WHITE = 250; // or lighter: where nothing is drawn

/** The pixels of a background, and whether all is blank in a column, or between two of a row. */
async function pixelsOf(png) {
  const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
  const { width, height } = bitmap;
  const ctx = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  ctx.drawImage(bitmap, 0, 0);
  const { data } = ctx.getImageData(0, 0, width, height);
  const isBlank = (left, right, top, bottom) => {
    for (let y = top; y < bottom; y++)
      for (let i = 4 * (y * width + left); i < 4 * (y * width + right); i += 4)
        if (Math.min(data[i], data[i + 1], data[i + 2]) < WHITE) return false;
    return true;
  };
  return {
    bitmap,
    isBlankColumn: (x) => isBlank(x, x + 1, 0, height),
    isBlankRow: (y, from, to) => isBlank(from, to, y, y + 1),
  };
}

/** Where a picture can be cut in two: the middle of the widest blank strip between its panels, as a
 * share of its width; undefined if there is none. */
function cutOf({ bitmap: { width }, isBlankColumn }, [left, right]) {
  const [from, to] = [left.box[0] + left.box[2], right.box[0]].map((share) => Math.round(share * width));
  let best = { length: 0 };
  for (let x = from, length = 0; x < to; x++) {
    length = isBlankColumn(x) ? length + 1 : 0;
    if (length > best.length) best = { length, middle: x - length / 2 };
  }
  return best.length > 2 ? best.middle / width : undefined;
}

/** The scene and the background of a picture with its panels above each other; as they are if it
 * has no two. */
async function stacked({ scene, background }) {
  if (scene.axes.length < 2) return { scene, background };
  const picture = await pixelsOf(background);
  const cut = cutOf(picture, scene.axes);
  if (cut === undefined) return { scene, background };
  const { width, height } = picture.bitmap;
  const parts = [[0, cut], [cut, 1]].map(([from, to]) => {
    const ends = [Math.round(from * width), Math.round(to * width)];
    let [top, bottom] = [0, height];
    while (top < bottom && picture.isBlankRow(top, ...ends)) top++;
    while (bottom > top && picture.isBlankRow(bottom - 1, ...ends)) bottom--;
    return { from, to, top: Math.max(0, top / height - AIR), bottom: Math.min(1, bottom / height + AIR) };
  });
  const wide = Math.max(...parts.map(({ from, to }) => to - from));
  const high = parts.reduce((sum, { top, bottom }) => sum + bottom - top, 0);
  const canvas = new OffscreenCanvas(Math.round(wide * width), Math.round(high * height));
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = "white";
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  let down = 0; // how much of the new picture stands above a part
  for (const part of parts) {
    const { from, to, top, bottom } = part;
    const [w, h] = [(to - from) * width, (bottom - top) * height];
    ctx.drawImage(picture.bitmap, from * width, top * height, w, h, 0, down * height, w, h);
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
  const png = await canvas.convertToBlob({ type: "image/png" });
  return {
    scene: { ...scene, axes, width: wide * scene.width, height: high * scene.height },
    background: new Uint8Array(await png.arrayBuffer()),
  };
}
