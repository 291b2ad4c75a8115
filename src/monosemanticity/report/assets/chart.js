// Charts that a keyboard and a screen reader can use: a focusable surface, a value that is said, a table behind it.

const live = document.getElementById("live");

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// Once, when a part of the page comes into sight, so that the page opens at once.
function whenSeen(part, then) {
  const observer = new IntersectionObserver((seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    observer.disconnect();
    then();
  }, { rootMargin: "800px" });
  observer.observe(part);
}

// When the address changes, and when a link leads to where it is already.
function onAddress(follow) {
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link?.hash === location.hash) follow();
  });
}

function onOtherColours(then) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", then);
}

function number(value) {
  if (value === null || Number.isNaN(value)) return "none";
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

function within(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function optionsOf(entries) {
  return entries.map(([value, text]) => element("option", { value }, text));
}

function thousands(count) {
  return count.toLocaleString("en");
}

function tableOf({ head, rows }) {
  const cells = (row) => row.map((text) => element("td", {}, text));
  return element("table", {},
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells(row)))));
}

// The frame of every chart: title, surface, the value under the cursor, and the table, made when it is opened.
function frame(title, surface, table) {
  const value = element("p", { className: "value" });
  const details = element("details", {}, element("summary", {}, `Table: ${title}`));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const attributes = { className: "wide", tabIndex: 0, role: "region", ariaLabel: `Table: ${title}` };
    details.append(element("div", attributes, tableOf(table())));
  });
  const figure = element("figure", { className: "chart" }, element("figcaption", {}, title), surface, value, details);
  const say = (text) => { value.textContent = text; live.textContent = text; };
  return { figure, say };
}

// What ends each chart that is drawn, so that none is kept when another takes its place.
let drawnCharts = [];

function forget(part) {
  drawnCharts.filter(({ surface }) => part.contains(surface)).forEach(({ end }) => end());
  drawnCharts = drawnCharts.filter(({ surface }) => !part.contains(surface));
}

// Lines over a common axis. Each of `lines`: label, x, y, colour by name, dash. `mark` is a place on the axis.
function lineChart({ title, axis, lines, log = false, dots = false, mark = null, pick = null }) {
  const shown = lines.filter((line) => line.x.length);
  const numbers = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  const data = uPlot.join(shown.map((line) => [Array.from(line.x), numbers(line.y)]));
  const surface = element("div", { className: "surface", tabIndex: 0, role: "group" });
  surface.setAttribute("aria-label", `${title}. Arrow keys move along the axis.`);
  const at = (place) => [`${axis} ${number(data[0][place])}`,
    ...shown.map((line, i) => `${line.label} ${number(data[i + 1][place] ?? null)}`)].join("; ");
  const { figure, say } = frame(title, surface, () => ({
    head: [axis, ...shown.map((line) => line.label)],
    rows: data[0].map((x, place) => [number(x), ...shown.map((_, i) => number(data[i + 1][place] ?? null))]),
  }));
  let plot = null;
  const ends = (_, least, most) => {
    const room = least === most ? 1 : 0.04 * (most - least);
    return [least - room, most + room];
  };
  const doubled = (_, least, most) => [least, Math.max(most, least * 2)];
  const options = (width) => ({
    width, height: 230, legend: { live: false }, cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: false, distr: log ? 3 : 1, range: log ? doubled : ends }, y: { range: ends } },
    axes: [0, 1].map((which) => ({
      stroke: colour("ink"),
      grid: { stroke: colour("rule"), width: 0.5 },
      ticks: { stroke: colour("rule"), width: 0.5 },
      ...(which ? { size: 60 } : { label: axis, labelSize: 20, size: 36 }),
    })),
    series: [{}, ...shown.map((line) => ({
      label: line.label, stroke: colour(line.colour), width: 1.5, dash: line.dash, spanGaps: true, pxAlign: 0,
      ...(dots ? { paths: () => null, points: { show: true, size: 3 } } : { points: { show: line.x.length < 30 } }),
    }))],
    hooks: {
      draw: [(drawn) => {
        if (mark === null) return;
        const x = drawn.valToPos(mark, "x", true), { top, height } = drawn.bbox;
        drawn.ctx.save();
        drawn.ctx.strokeStyle = colour("soft");
        drawn.ctx.setLineDash([4, 4]);
        drawn.ctx.beginPath();
        drawn.ctx.moveTo(x, top);
        drawn.ctx.lineTo(x, top + height);
        drawn.ctx.stroke();
        drawn.ctx.restore();
      }],
      setCursor: [({ cursor: { idx, left } }) => {
        if (idx == null || left < 0) return;
        surface.dataset.place = idx;
        say(at(idx));
      }],
    },
  });
  const moves = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
  surface.addEventListener("keydown", (event) => {
    const before = Number(surface.dataset.place ?? -1);
    if (event.key === "Enter" && pick && before >= 0) pick(data[0][before]);
    if (!(event.key in moves) || !data[0].length) return;
    event.preventDefault();
    const place = within(before + moves[event.key], 0, data[0].length - 1);
    surface.dataset.place = place;
    plot?.setCursor({ left: plot.valToPos(data[0][place], "x"), top: 0 });
    say(at(place));
  });
  const sized = new ResizeObserver(() => {
    const width = Math.floor(surface.clientWidth);
    if (!width) return;
    if (plot) plot.setSize({ width, height: 230 });
    else {
      plot = new uPlot(options(width), data, surface);
      plot.over.addEventListener("click", () => {
        if (pick && surface.dataset.place) pick(data[0][surface.dataset.place]);
      });
    }
  });
  sized.observe(surface);
  drawnCharts.push({ surface, end: () => { sized.disconnect(); plot?.destroy(); } });
  return figure;
}
