// A matrix as a picture: a pixel a cell, that the pointer and the arrow keys move over.

const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const DIVERGING = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];

function blend(stops, share) {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1), low = Math.min(Math.floor(place), stops.length - 2);
  return stops[low].map((from, i) => from + (place - low) * (stops[low + 1][i] - from));
}

// 256 colours as pixels.
function palette(stops) {
  const bytes = Uint8ClampedArray.from({ length: 1024 }, (_, at) => (at % 4 === 3 ? 255 : blend(stops, (at >> 2) / 255)[at % 4]));
  return new Uint32Array(bytes.buffer);
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

// `value(row, column)`; rows and columns are called `down[row]` and `across[column]`; `marked` is a cell or none.
function heatChart({ title, down, across, value, range, stops = VIRIDIS, names, marked = null, pick = null }) {
  const canvas = element("canvas", { className: "heat", width: across.length, height: down.length, tabIndex: 0, role: "img" });
  canvas.setAttribute("aria-label", `${title}. Arrow keys move over its cells${pick ? ", Enter chooses one" : ""}.`);
  canvas.style.aspectRatio = down.length < 20 ? 3 : Math.min(Math.max(across.length / down.length, 0.8), 3);
  const at = (i, j) => `${names[0]} ${down[i]}, ${names[1]} ${across[j]}: ${number(value(i, j))}`;
  const { figure, say } = frame(title, element("div", {}, canvas, colourScale(stops, range)), () => {
    const largest = down.map((name, i) => {
      const columns = falling(across.map((_, j) => Math.abs(value(i, j)))).slice(0, 3);
      return [name, ...columns.map((j) => `${across[j]}: ${number(value(i, j))}`)].map(String);
    });
    return { head: [names[0], ...["largest", "second", "third"].map((which) => `${which} ${names[1]}`)], rows: largest };
  });
  const pen = canvas.getContext("2d"), picture = pen.createImageData(across.length, down.length);
  const colours = palette(stops), cells = new Uint32Array(picture.data.buffer), scale = 255 / (range[1] - range[0]);
  for (let i = 0, at = 0; i < down.length; i++) {
    for (let j = 0; j < across.length; j++, at++) {
      cells[at] = colours[Math.min(Math.max(Math.round((value(i, j) - range[0]) * scale), 0), 255)];
    }
  }
  let cell = marked;
  const draw = () => {
    pen.putImageData(picture, 0, 0);
    if (!cell) return;
    pen.fillStyle = "rgba(255, 110, 110, 0.6)";
    pen.fillRect(0, cell[0], across.length, 1);
    pen.fillRect(cell[1], 0, 1, down.length);
  };
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const place = (at, size, count) => Math.min(Math.max(Math.floor((at / size) * count), 0), count - 1);
    return [place(event.clientY - box.top, box.height, down.length), place(event.clientX - box.left, box.width, across.length)];
  };
  const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
  canvas.addEventListener("pointermove", (event) => say(at(...under(event))));
  canvas.addEventListener("click", (event) => { if (pick) pick(...under(event)); });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && pick && cell) pick(...cell);
    if (!(event.key in moves)) return;
    event.preventDefault();
    const [i, j] = cell ?? [0, 0], [y, x] = cell ? moves[event.key] : [0, 0];
    cell = [Math.min(Math.max(i + y, 0), down.length - 1), Math.min(Math.max(j + x, 0), across.length - 1)];
    draw();
    say(at(...cell));
  });
  draw();
  return figure;
}
