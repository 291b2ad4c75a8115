// A matrix as a picture: a pixel a cell, that the pointer and the arrow keys move over.

const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const DIVERGING = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];

function blend(stops, share) {
  const place = within(share, 0, 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  return stops[low].map((from, i) => from + (place - low) * (stops[low + 1][i] - from));
}

// 256 colours as pixels.
function palette(stops) {
  const bytes = Array.from({ length: 256 }, (_, at) => [...blend(stops, at / 255), 255]).flat();
  return new Uint32Array(Uint8ClampedArray.from(bytes).buffer);
}

// The colours of a range, with its ends.
function colourScale(stops, [least, most]) {
  const bar = element("canvas", { width: 120, height: 1, ariaHidden: "true" }), pen = bar.getContext("2d");
  for (let x = 0; x < 120; x++) {
    pen.fillStyle = `rgb(${blend(stops, x / 119).join(" ")})`;
    pen.fillRect(x, 0, 1, 1);
  }
  return element("div", { className: "scale" }, number(least), bar, number(most));
}

// A strip beside a heat map, a pixel a row, in the colour of its kind.
function kindStrip(count, { of }) {
  const strip = element("canvas", { className: "kinds", width: 1, height: count, ariaHidden: "true" });
  const pen = strip.getContext("2d");
  for (let i = 0; i < count; i++) {
    pen.fillStyle = colour(of(i));
    pen.fillRect(0, i, 1, 1);
  }
  return strip;
}

// How many rows and columns there are, and how many rows of each kind.
function sizes(down, across, [rows, columns], kinds) {
  const counts = Object.entries(kinds?.names ?? {}).map(([which, name]) => {
    const count = down.filter((_, i) => kinds.of(i) === which).length;
    return element("span", { className: `kind ${which}` }, `${count} ${name}`);
  });
  const all = `${down.length} ${rows}s down, ${across.length} ${columns}s across`;
  return element("div", { className: "scale" }, element("span", {}, counts.length ? `${all}:` : all), ...counts);
}

// `value(row, column)`; rows and columns are called `down[row]` and `across[column]`; `marked` is a cell or none;
// `kinds` names those of rows by colour, and says which a row is of.
function heatChart({
  title, down, across, value, range, stops = VIRIDIS, names, kinds = null, marked = null, pick = null,
}) {
  const canvas = element("canvas", { className: "heat", width: across.length, height: down.length });
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title}. Arrow keys move over its cells${pick ? ", Enter chooses one" : ""}.`);
  canvas.style.aspectRatio = down.length < 20 ? 3 : within(across.length / down.length, 0.8, 3);
  const kind = (i) => (kinds ? [kinds.names[kinds.of(i)]] : []);
  const at = (i, j) => {
    const which = [`${names[0]} ${down[i]}`, ...kind(i)].join(", ");
    return `${which}; ${names[1]} ${across[j]}: ${number(value(i, j))}`;
  };
  const picture = element("div", { className: "rows" }, ...(kinds ? [kindStrip(down.length, kinds)] : []), canvas);
  const surface = element("div", {}, picture, sizes(down, across, names, kinds), colourScale(stops, range));
  const { figure, say } = frame(title, surface, () => {
    const largest = down.map((name, i) => {
      const columns = falling(across.map((_, j) => Math.abs(value(i, j)))).slice(0, 3);
      return [name, ...columns.map((j) => `${across[j]}: ${number(value(i, j))}`), ...kind(i)].map(String);
    });
    const places = ["largest", "second", "third"].map((which) => `${which} ${names[1]}`);
    return { head: [names[0], ...places, ...(kinds ? ["kind"] : [])], rows: largest };
  });
  const pen = canvas.getContext("2d"), pixels = pen.createImageData(across.length, down.length);
  const colours = palette(stops), cells = new Uint32Array(pixels.data.buffer), scale = 255 / (range[1] - range[0]);
  for (let i = 0, at = 0; i < down.length; i++) {
    for (let j = 0; j < across.length; j++, at++) {
      cells[at] = colours[within(Math.round((value(i, j) - range[0]) * scale), 0, 255)];
    }
  }
  let cell = marked;
  const draw = () => {
    pen.putImageData(pixels, 0, 0);
    if (!cell) return;
    pen.fillStyle = "rgba(255, 110, 110, 0.6)";
    pen.fillRect(0, cell[0], across.length, 1);
    pen.fillRect(cell[1], 0, 1, down.length);
  };
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const place = (share, count) => within(Math.floor(share * count), 0, count - 1);
    const [y, x] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
    return [place(y, down.length), place(x, across.length)];
  };
  const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
  canvas.addEventListener("pointermove", (event) => say(at(...under(event))));
  canvas.addEventListener("click", (event) => { if (pick) pick(...under(event)); });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && pick && cell) pick(...cell);
    if (!(event.key in moves)) return;
    event.preventDefault();
    const [i, j] = cell ?? [0, 0], [y, x] = cell ? moves[event.key] : [0, 0];
    cell = [within(i + y, 0, down.length - 1), within(j + x, 0, across.length - 1)];
    draw();
    say(at(...cell));
  });
  draw();
  return figure;
}
