// What is drawn of the chosen runs, of a neuron and of a feature of the first.

// The line of every run in one chart.
function ofRuns(runs, line) {
  return runs.map((model, i) => ({ label: i ? "beside it" : "run", colour: i ? "two" : "one", ...line(model) }));
}

function list(title, entries) {
  const items = entries.map((entry) => element("li", {}, entry));
  return element("div", {}, element("p", {}, title), element("ul", { className: "measured" }, ...items));
}

// Places of neurons at a kept step, by falling r.
function byMonosemanticity(model, place) {
  return falling(row(model.arrays["kept.r"], place));
}

function showRuns(runs, now) {
  runs.forEach(({ numbers }, i) => {
    const said = Object.entries(numbers).map(([name, value]) => `${name} ${value}`).join(", ");
    const which = element("b", { className: i ? "two" : "one" }, i ? "Beside it: " : "Run: ");
    slots.said.append(element("p", { className: "said" }, which, `${said}.`));
  });
  const [one] = runs;
  slots.said.append(measuresAt(one, at(one, now)));
  if (runs.some((model) => !model.steps.includes(now))) {
    const text = `The run beside it was not kept at step ${thousands(now)}: nothing is drawn of its neurons then.`;
    slots.said.append(element("p", { className: "said" }, text));
  }
  slots.loss.append(trace("Loss", "trace", "loss", runs, now));
  slots.mono.append(
    trace("Monosemantic neurons per feature", "measures", "mono_neurons", runs, now, (model) => 1 / model.numbers.N));
  slots.mean_bias.append(trace("Mean bias", "measures", "mean_bias", runs, now));
  slots.bias.append(ranked("Biases", "bias", runs, now));
  slots.r.append(ranked("Monosemanticity r", "r", runs, now));
  runs.forEach((model, i) => slots[i ? "heat_beside" : "heat"].append(activations(model, i)));
}

function measuresAt(model, place) {
  return element("ul", { className: "measured", ariaLabel: `Measures at step ${model.steps[place]}` },
    ...columnsOf(model.arrays, "measures", "step").map((name) => {
      const said = `${name.replaceAll("_", " ")}: ${number(column(model, `measures.${name}`)[place])}`;
      return element("li", { title: index.units[name] ?? "" }, said);
    }));
}

// A quantity in training, times a number of the model; a click chooses the kept step that is nearest.
function trace(title, table, name, runs, now, scale = () => 1) {
  const { steps } = runs[0], away = (step, x) => Math.abs(Math.log(step / x));
  return lineChart({
    title, axis: "step", log: true, mark: now,
    pick: (x) => go({ step: steps.reduce((best, each) => (away(each, x) < away(best, x) ? each : best)) }),
    lines: ofRuns(runs, (model) => ({
      x: column(model, `${table}.step`), y: column(model, `${table}.${name}`).map((value) => value * scale(model)),
    })),
  });
}

// A number of every neuron at a kept step.
function ranked(title, name, runs, now) {
  const [one] = runs;
  return lineChart({
    title: `${title} at step ${thousands(now)}, neurons by falling r`, axis: "rank", dots: true,
    pick: (rank) => go({ neuron: byMonosemanticity(one, at(one, now))[rank] }),
    lines: ofRuns(runs, (model) => {
      const then = model.steps.indexOf(now);
      if (then < 0) return { x: [], y: [] };
      const order = byMonosemanticity(model, then), values = row(model.arrays[`kept.${name}`], then);
      return { x: order.map((_, rank) => rank), y: order.map((i) => values[i]) };
    }),
  });
}

const KINDS = { one: "monosemantic", two: "positive bias", soft: "neither" };

// The colour of a neuron's kind in the final model.
function kind(model, i) {
  if (column(model, "neurons.r")[i] > index.monosemantic) return "one";
  return column(model, "neurons.bias")[i] > index.positive_bias ? "two" : "soft";
}

function activations(model, beside) {
  const { seen, order } = model, own = !beside;
  const [neuron, feature] = [state.neuron ?? order.neurons[0], state.feature ?? order.features[0]];
  const marked = [order.neurons.indexOf(neuron), order.features.indexOf(feature)];
  return heatChart({
    title: `${beside ? "Beside it" : "Run"}: activations of the final model for each feature alone`,
    down: order.neurons, across: order.features, names: ["neuron", "feature"], range: [0, 1],
    value: (i, j) => seen.h[order.features[j] * seen.k + order.neurons[i]],
    kinds: { names: KINDS, of: (i) => kind(model, order.neurons[i]) },
    marked: own && marked.every((place) => place >= 0) ? marked : null,
    pick: own ? (i, j) => go({ neuron: order.neurons[i], feature: order.features[j] }) : null,
  });
}

function showNeuron(model, place) {
  const { seen, arrays, steps } = model, chosen = Math.min(state.neuron ?? model.order.neurons[0], seen.k - 1);
  neuron.max = seen.k - 1;
  neuron.value = chosen;
  const kept = (name) => steps.map((_, then) => row(arrays[`kept.${name}`], then)[chosen]);
  slots.neuron_said.append(
    element("h3", { className: "part" }, `Neuron ${chosen}`),
    element("p", {}, story(model, chosen, place, kept("r"))));
  const values = ofNeuron(seen, chosen), order = falling(values);
  const firing = order.slice(0, 6).filter((j) => values[j] > 0);
  slots.fires.append(
    byRank(`What neuron ${chosen} fires for in the final model: features by falling activation`, values, order,
      (j) => go({ feature: j })),
    list("Strongest:", firing.map((j) => `feature ${j}: ${number(values[j])}`)));
  const over = (title, y) => lineChart({
    title, axis: "step", log: true, mark: steps[place], pick: (x) => go({ step: x }),
    lines: [{ label: `neuron ${chosen}`, colour: "one", x: steps, y }],
  });
  slots.history.append(over(`r of neuron ${chosen} in training`, kept("r")));
  slots.history_bias.append(over(`Bias of neuron ${chosen} in training`, kept("bias")));
  const dimensions = Array.from({ length: arrays.W1.shape[0] }, (_, i) => i);
  slots.weights.append(lineChart({
    title: `Weights to neuron ${chosen} in the final model: W1`, axis: "dimension",
    lines: [{ label: "weight", colour: "one", x: dimensions, y: dimensions.map((i) => row(arrays.W1, i)[chosen]) }],
  }));
}

// What a neuron answers to at a step, since when it is monosemantic, and what was measured of it at the end.
function story(model, chosen, place, r) {
  const { arrays, steps } = model;
  const strongest = (then) => row(arrays["kept.strongest_feature"], then)[chosen];
  const silent = (then) => strongest(then) === index.no_feature;
  const answers = silent(place) ? "answers to no feature" : `answers most to feature ${strongest(place)}`;
  const since = r.findLastIndex((value) => !(value > index.monosemantic)) + 1;
  const never = silent(steps.length - 1) ? "At the end no single feature activates it."
    : "It is not monosemantic at the end.";
  const first = thousands(steps[Math.min(since, steps.length - 1)]);
  const when = since === steps.length ? never
    : `It is monosemantic at the end (r > ${index.monosemantic}), and was at every kept step from ${first} on.`;
  const measured = ["r", "bias", "onset", "w1_norm", "w2_norm"]
    .map((name) => `${name.replace("_", " ")} ${number(column(model, `neurons.${name}`)[chosen])}`);
  return `At step ${thousands(steps[place])} it ${answers}. ${when} At the end: ${measured.join(", ")}.`;
}

// Values by falling size; a click chooses one by its place.
function byRank(title, values, order, choose) {
  return lineChart({
    title, axis: "rank", pick: (rank) => choose(order[rank]),
    lines: [{ label: "activation", colour: "one", x: order.map((_, rank) => rank), y: order.map((j) => values[j]) }],
  });
}

function showFeature(model) {
  const { seen, arrays } = model, chosen = Math.min(state.feature ?? model.order.features[0], seen.N - 1);
  feature.max = seen.N - 1;
  feature.value = chosen;
  const measured = columnsOf(arrays, "features", "feature")
    .map((name) => `${name.replaceAll("_", " ")} ${number(column(model, `features.${name}`)[chosen])}`);
  slots.feature_said.append(
    element("h3", { className: "part" }, `Feature ${chosen}`),
    element("p", { className: "said" }, `${measured.join(", ")}.`));
  slots.response.append(arrays["output.full"] ? response(arrays, chosen)
    : element("p", {}, "The outputs of this task are not features, so that there is no response to show."));
  const values = ofFeature(seen, chosen), order = falling(values), r = column(model, "neurons.r");
  slots.strongest.append(
    byRank(`Neurons of the final model by falling activation for feature ${chosen}`, values, order,
      (i) => go({ neuron: i })),
    list("Strongest:", order.slice(0, 6).map((i) => `neuron ${i}: ${number(values[i])}, r ${number(r[i])}`)));
}

// A feature's output by its amplitude, and the parts of the model that it is the sum of.
function response(arrays, chosen) {
  const full = row(arrays["output.full"], chosen), mono = row(arrays["output.mono"], chosen);
  const poly = full.map((value, place) => value - mono[place]);
  const parts = [
    ["whole model", "one", full], ["mono part (b ≤ 0)", "two", mono], ["poly part (b > 0)", "three", poly],
  ];
  return lineChart({
    title: `Output of the final model for feature ${chosen} alone, by its amplitude`, axis: "amplitude",
    lines: [
      ...parts.map(([label, colour, y]) => ({ label, colour, x: index.amplitudes, y })),
      { label: "truth", colour: "truth", dash: [2, 4], x: [0, 1], y: [0, 1] },
    ],
  });
}
