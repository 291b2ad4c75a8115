// The models of the companion studies: weights, a stack of them for each neuron, and which features neurons represent.
// The address #companion=<run>&experiment=<name> says which model; the experiment may be left out.

const companions = document.getElementById("companions");

if (companions) {
  const [study, experiment, run] = [0, 1, 2].map(() => element("select"));
  const drawn = element("div");
  let asking = 0;
  const runs = () => index.studies[study.value][experiment.value];

  function offer(list, names, wanted) {
    list.replaceChildren(...optionsOf(names.map((name) => [name, name])));
    list.value = names.includes(wanted) ? wanted : names[0];
  }

  // Each list offers what there is of the choice above it, and its first where nothing else is wanted.
  function choose(wanted) {
    offer(study, Object.keys(index.studies), wanted.study);
    offer(experiment, Object.keys(index.studies[study.value]), wanted.experiment);
    run.replaceChildren(...optionsOf(runs().map(({ label }, place) => [place, label ?? "missing"])));
    run.value = Math.max(runs().findIndex((each) => each.run !== undefined && each.run === wanted.run), 0);
    return showModel(runs()[run.value]);
  }

  function byHand(wanted) {
    choose(wanted);
    const chosen = runs()[run.value].run;
    const said = chosen ? { companion: chosen, experiment: experiment.value } : {};
    history.replaceState(null, "", `#${new URLSearchParams(said)}`);
  }

  // What the address asks for, if it is here: of the experiment that it names, or of the first that has the run.
  function asked() {
    const parts = new URLSearchParams(location.hash.slice(1)), wanted = parts.get("companion");
    const all = Object.entries(index.studies).flatMap(([name, experiments]) =>
      Object.entries(experiments).map(([each, members]) => ({ study: name, experiment: each, run: wanted, members })));
    const here = all.filter(({ members }) => wanted && members.some((member) => member.run === wanted));
    return here.find((each) => each.experiment === parts.get("experiment")) ?? here[0] ?? null;
  }

  async function showModel(chosen) {
    const mine = ++asking;
    const parts = chosen.missing ? [gap(chosen.run ?? experiment.value, chosen)] : await partsOf(chosen);
    if (mine !== asking) return;
    forget(drawn);
    drawn.replaceChildren(...parts);
    companions.dataset.drawn = chosen.run ?? "";
  }

  async function partsOf(chosen) {
    let arrays;
    try {
      arrays = await arraysOf(chosen.run);
    } catch (error) {
      return [gap(chosen.run, unreadable(error))];
    }
    const { weights, represented, neurons } = arrays;
    if (!neurons.data.length) {
      return [element("p", { className: "gap" }, "No neuron of this model has a weight of more than 0.1.")];
    }
    const features = Array.from({ length: weights.shape[1] }, (_, j) => j), names = Array.from(neurons.data);
    const strongest = names.map((_, i) => falling(row(weights, i).map(Math.abs))[0]);
    const order = falling(strongest.map((j) => -j));
    const most = weights.data.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0) || 1;
    const stored = (i) => features.filter((j) => row(represented, i)[j]);
    return [
      ...words(chosen, names.length),
      element("div", { className: "charts" },
        heatChart({
          title: "Weights; neurons by the feature of their largest weight",
          down: order.map((i) => names[i]), across: features, names: ["neuron", "feature"],
          range: [-most, most], stops: DIVERGING, value: (i, j) => row(weights, order[i])[j],
        }),
        stackChart(order, names, (i) => row(weights, i), stored),
        ...columnsOf(arrays, "trace", "step").map((name) => traceChart(arrays, name))),
    ];
  }

  study.addEventListener("change", () => byHand({ study: study.value }));
  experiment.addEventListener("change", () => byHand({ study: study.value, experiment: experiment.value }));
  run.addEventListener("change", () => {
    byHand({ study: study.value, experiment: experiment.value, run: runs()[run.value].run });
  });
  const controls = [labelled("Study", study), labelled("Experiment", experiment), labelled("Run", run)];
  companions.append(element("div", { className: "controls" }, ...controls), drawn);

  // The models above are drawn first, so that the place does not move when they come near.
  async function followAddress() {
    const wanted = asked();
    if (!wanted) return;
    if (!models.dataset.drawn) await show();
    await choose(wanted);
    document.getElementById("studies").scrollIntoView();
  }

  onAddress(followAddress);
  onOtherColours(() => { if (companions.dataset.drawn) showModel(runs()[run.value]); });
  if (asked()) followAddress();
  else whenSeen(companions, () => { if (!run.options.length) choose({ study: Object.keys(index.studies).at(-1) }); });
}

// Which model it is, its numbers, and what was measured of it.
function words({ best, instances, numbers, measured }, neurons) {
  const which = `${best ? "The model of the least loss" : "The first model"} of ${instances}`;
  const given = Object.entries(numbers).map(([name, value]) => `${name} ${value}`).join(", ");
  const found = Object.entries(measured).map(([name, value]) => `${name.replaceAll("_", " ")}: ${number(value)}`);
  return [
    element("p", { className: "said" }, `${which}; ${neurons} of its neurons are shown. ${given}.`),
    element("ul", { className: "measured", ariaLabel: "Measures" }, ...found.map((text) => element("li", {}, text))),
  ];
}

// What was recorded in training, without step 0, which a logarithmic axis does not have.
function traceChart(arrays, name) {
  const steps = arrays["trace.step"].data, later = (values) => values.filter((_, at) => steps[at] > 0);
  return lineChart({
    title: `${name.replaceAll("_", " ")} in training`, axis: "step", log: true,
    lines: [{ label: "model", colour: "one", x: later(steps), y: later(arrays[`trace.${name}`].data) }],
  });
}

// A bar a neuron: the sizes of its weights on top of each other; blue where it represents one feature, orange several.
function stackChart(order, names, weightsOf, stored) {
  const wide = 900, high = 300;
  const canvas = element("canvas", { className: "heat", width: wide, height: high, tabIndex: 0, role: "img" });
  const title =
    "Sizes of each neuron's weights, stacked; it represents one feature (blue), several (orange), none (grey)";
  canvas.setAttribute("aria-label", `${title}. Arrow keys move over neurons.`);
  const { figure, say } = frame(title, canvas, () => ({
    head: ["neuron", "features that it represents"],
    rows: order.map((i) => [String(names[i]), stored(i).join(", ") || "none"]),
  }));
  const sums = order.map((i) => weightsOf(i).reduce((sum, weight) => sum + Math.abs(weight), 0));
  const most = Math.max(...sums, 1e-9), pen = canvas.getContext("2d"), across = wide / order.length;
  order.forEach((i, place) => {
    const count = stored(i).length, sizes = weightsOf(i).map(Math.abs);
    let bottom = high;
    falling(sizes).forEach((j, rank) => {
      const height = (sizes[j] / most) * (high - 4);
      pen.fillStyle = colour(count > 1 ? "two" : count ? "one" : "soft");
      pen.globalAlpha = rank % 2 ? 0.55 : 0.9;
      pen.fillRect(place * across, bottom - height, Math.max(across - 1, 0.5), height);
      bottom -= height;
    });
  });
  const at = (place) => within(place, 0, order.length - 1);
  const said = (place) => {
    const represents = stored(order[place]).map((j) => `feature ${j}`).join(", ") || "no feature";
    return `neuron ${names[order[place]]} represents ${represents}`;
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    say(said(at(Math.floor(((event.clientX - box.left) / box.width) * order.length))));
  });
  let cursor = -1;
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    cursor = at(cursor + move);
    say(said(cursor));
  });
  return figure;
}
