// The models of the companion studies: weights, a stack of them for each neuron, and which features neurons represent.

const companions = document.getElementById("companions");

if (companions) {
  const study = element("select", {}, ...Object.keys(index.studies).map((name) => element("option", { value: name }, name)));
  const experiment = element("select", {}), run = element("select", {});
  const drawn = element("div", {});
  const runs = () => index.studies[study.value][experiment.value];
  const fill = () => {
    experiment.replaceChildren(...Object.keys(index.studies[study.value]).map((name) => element("option", { value: name }, name)));
    fillRuns();
  };
  const fillRuns = () => {
    run.replaceChildren(...runs().map(({ label }, place) => element("option", { value: place }, label ?? "missing")));
    showModel();
  };
  async function showModel() {
    const chosen = runs()[run.value];
    if (chosen.missing) return drawn.replaceChildren(gap(chosen.run ?? experiment.value, chosen));
    const arrays = await arraysOf(chosen.run), { weights, represented, neurons } = arrays, n = weights.shape[1];
    if (!neurons.data.length) {
      return drawn.replaceChildren(element("p", { className: "gap" }, "No neuron of this model has a weight of more than 0.1."));
    }
    const features = Array.from({ length: n }, (_, j) => j), names = Array.from(neurons.data);
    const strongest = names.map((_, i) => falling(row(weights, i).map(Math.abs))[0]);
    const order = falling(strongest.map((j) => -j));
    const most = weights.data.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0) || 1;
    const stored = (i) => features.filter((j) => row(represented, i)[j]);
    const columns = Object.keys(arrays).filter((name) => name.startsWith("trace.") && name !== "trace.step");
    forget(drawn);
    drawn.replaceChildren(
      element("p", { className: "said" }, `${chosen.best ? "The model of the least loss" : "The first model"} of ${chosen.instances}; ${names.length} of its neurons are shown. ${Object.entries(chosen.numbers).map(([name, value]) => `${name} ${value}`).join(", ")}.`),
      element("ul", { className: "measured", ariaLabel: "Measures" }, ...Object.entries(chosen.measured).map(([name, value]) => element("li", {}, `${name.replaceAll("_", " ")}: ${number(value)}`))),
      element("div", { className: "charts" },
        heatChart({
          title: "Weights; neurons by the feature of their largest weight", down: order.map((i) => names[i]), across: features, names: ["neuron", "feature"],
          range: [-most, most], stops: DIVERGING, value: (i, j) => row(weights, order[i])[j],
        }),
        stackChart(order, names, (i) => row(weights, i), stored),
        ...columns.map((name) => lineChart({
          title: `${name.slice("trace.".length).replaceAll("_", " ")} in training`, axis: "step", log: true,
          lines: [{ label: "model", colour: "one", x: arrays["trace.step"].data.filter((step) => step > 0), y: arrays[name].data.filter((_, at) => arrays["trace.step"].data[at] > 0) }],
        }))));
    companions.dataset.drawn = chosen.run;
  }
  study.addEventListener("change", fill);
  experiment.addEventListener("change", fillRuns);
  run.addEventListener("change", showModel);
  study.selectedIndex = study.options.length - 1;
  companions.append(element("div", { className: "controls" }, labelled("Study", study), labelled("Experiment", experiment), labelled("Run", run)), drawn);
  new IntersectionObserver((seen, observer) => {
    if (seen.some((each) => each.isIntersecting)) { observer.disconnect(); fill(); }
  }, { rootMargin: "800px" }).observe(companions);
}

// A bar a neuron: the sizes of its weights on top of each other; blue where it represents one feature, orange several.
function stackChart(order, names, weightsOf, stored) {
  const wide = 900, high = 300, canvas = element("canvas", { className: "heat", width: wide, height: high, tabIndex: 0, role: "img" });
  const title = "Sizes of each neuron's weights, stacked; it represents one feature (blue), several (orange), none (grey)";
  canvas.setAttribute("aria-label", `${title}. Arrow keys move over neurons.`);
  const { figure, say } = frame(title, canvas, () => ({
    head: ["neuron", "features that it represents"],
    rows: order.map((i) => [String(names[i]), stored(i).join(", ") || "none"]),
  }));
  const sums = order.map((i) => weightsOf(i).reduce((sum, weight) => sum + Math.abs(weight), 0)), most = Math.max(...sums, 1e-9);
  const pen = canvas.getContext("2d"), across = wide / order.length;
  order.forEach((i, place) => {
    const count = stored(i).length;
    let bottom = high;
    const shown = falling(weightsOf(i).map(Math.abs)).map((j) => Math.abs(weightsOf(i)[j]));
    shown.forEach((weight, rank) => {
      const height = (weight / most) * (high - 4);
      pen.fillStyle = colour(count > 1 ? "two" : count ? "one" : "soft");
      pen.globalAlpha = rank % 2 ? 0.55 : 0.9;
      pen.fillRect(place * across, bottom - height, Math.max(across - 1, 0.5), height);
      bottom -= height;
    });
  });
  let cursor = -1;
  const said = (place) => `neuron ${names[order[place]]} represents ${stored(order[place]).map((j) => `feature ${j}`).join(", ") || "no feature"}`;
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    say(said(Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * order.length), 0), order.length - 1)));
  });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    cursor = Math.min(Math.max(cursor + move, 0), order.length - 1);
    say(said(cursor));
  });
  return figure;
}
