// What is drawn of the chosen runs, of a neuron and of a feature of the first.

// The line of every run in one chart.
function ofRuns(runs, line) {
  return runs.map((model, i) => ({ label: i ? "beside it" : "run", colour: i ? "two" : "one", ...line(model) }));
}

function showRuns(runs, now) {
  runs.forEach((model, i) => {
    const { numbers } = model;
    const said = Object.entries(numbers).map(([name, value]) => `${name} ${value}`).join(", ");
    slots.said.append(element("p", { className: "said" }, element("b", { className: i ? "two" : "one" }, i ? "Beside it: " : "Run: "), `${said}.`));
  });
  const [one] = runs, place = at(one, now);
  slots.said.append(element("ul", { className: "measured", ariaLabel: `Measures at step ${now}` },
    ...Object.keys(one.arrays).filter((name) => name.startsWith("measures.") && name !== "measures.step").map((name) => {
      const short = name.slice("measures.".length);
      return element("li", { title: index.units[short] ?? "" }, `${short.replaceAll("_", " ")}: ${number(column(one, name)[place])}`);
    })));
  if (runs.some((model) => !model.steps.includes(now))) {
    slots.said.append(element("p", { className: "said" }, `The run beside it was not kept at step ${now.toLocaleString("en")}: of its neurons at that step nothing is drawn.`));
  }
  const pick = (x) => go({ step: one.steps.reduce((best, each) => (Math.abs(Math.log(each / x)) < Math.abs(Math.log(best / x)) ? each : best)) });
  const trace = (title, table, name, scale = () => 1) => lineChart({
    title, axis: "step", log: true, mark: now, pick,
    lines: ofRuns(runs, (model) => ({ x: column(model, `${table}.step`), y: column(model, `${table}.${name}`).map((value) => value * scale(model)) })),
  });
  slots.loss.append(trace("Loss", "trace", "loss"));
  slots.mono.append(trace("Monosemantic neurons per feature", "measures", "mono_neurons", (model) => 1 / model.numbers.N));
  slots.mean_bias.append(trace("Mean bias", "measures", "mean_bias"));
  const ranked = (title, name) => lineChart({
    title: `${title} at step ${now.toLocaleString("en")}, neurons by falling r`, axis: "rank", dots: true,
    pick: (rank) => go({ neuron: falling(row(one.arrays["kept.r"], place))[rank] }),
    lines: ofRuns(runs, (model) => {
      const then = model.steps.indexOf(now);
      if (then < 0) return { x: [], y: [] };
      const order = falling(row(model.arrays["kept.r"], then)), values = row(model.arrays[`kept.${name}`], then);
      return { x: order.map((_, rank) => rank), y: order.map((i) => values[i]) };
    }),
  });
  slots.bias.append(ranked("Biases", "bias"));
  slots.r.append(ranked("Monosemanticity r", "r"));
  runs.forEach((model, i) => slots[i ? "heat_beside" : "heat"].append(activations(model, i)));
}

function activations(model, beside) {
  const { seen, order } = model, own = !beside;
  const marked = own ? [order.neurons.indexOf(state.neuron ?? order.neurons[0]), order.features.indexOf(state.feature ?? order.features[0])] : null;
  return heatChart({
    title: `${beside ? "Beside it" : "Run"}: activations of the final model for each feature alone`,
    down: order.neurons, across: order.features, names: ["neuron", "feature"], range: [0, 1],
    value: (i, j) => seen.h[order.features[j] * seen.k + order.neurons[i]],
    marked: marked && marked.every((place) => place >= 0) ? marked : null,
    pick: own ? (i, j) => go({ neuron: order.neurons[i], feature: order.features[j] }) : null,
  });
}

function list(title, entries) {
  return element("div", {}, element("p", {}, title), element("ul", { className: "measured" }, ...entries.map((entry) => element("li", {}, entry))));
}

function showNeuron(model, place) {
  const { seen, arrays, steps } = model, chosen = Math.min(state.neuron ?? model.order.neurons[0], seen.k - 1);
  neuron.max = seen.k - 1;
  neuron.value = chosen;
  const r = steps.map((_, at_) => row(arrays["kept.r"], at_)[chosen]);
  const bias = steps.map((_, at_) => row(arrays["kept.bias"], at_)[chosen]);
  const mono = column(model, "neurons.r")[chosen] > index.monosemantic;
  const since = r.findLastIndex((value) => !(value > index.monosemantic)) + 1;
  const strongest = row(arrays["kept.strongest_feature"], place)[chosen];
  const fires = strongest === index.no_feature ? "answers to no feature" : `answers most to feature ${strongest}`;
  const silent = row(arrays["kept.strongest_feature"], steps.length - 1)[chosen] === index.no_feature;
  const when = mono ? `It is monosemantic at the end (r > ${index.monosemantic}), and was at every kept step from ${steps[since]?.toLocaleString("en")} on.`
    : silent ? "At the end no single feature activates it." : "It is not monosemantic at the end.";
  const measured = ["r", "bias", "onset", "w1_norm", "w2_norm"].map((name) => `${name.replace("_", " ")} ${number(column(model, `neurons.${name}`)[chosen])}`);
  slots.neuron_said.append(element("h3", { className: "part" }, `Neuron ${chosen}`),
    element("p", {}, `At step ${steps[place].toLocaleString("en")} it ${fires}. ${when} At the end: ${measured.join(", ")}.`));
  const values = ofNeuron(seen, chosen), order = falling(values);
  slots.fires.append(lineChart({
    title: `What neuron ${chosen} fires for in the final model: features by falling activation`, axis: "rank",
    lines: [{ label: "activation", colour: "one", x: order.map((_, rank) => rank), y: order.map((j) => values[j]) }],
    pick: (rank) => go({ feature: order[rank] }),
  }), list("Strongest:", order.slice(0, 6).filter((j) => values[j] > 0).map((j) => `feature ${j}: ${number(values[j])}`)));
  const over = (title, y) => lineChart({
    title, axis: "step", log: true, mark: steps[place], pick: (x) => go({ step: x }),
    lines: [{ label: `neuron ${chosen}`, colour: "one", x: steps, y }],
  });
  slots.history.append(over(`r of neuron ${chosen} in training`, r));
  slots.history_bias.append(over(`Bias of neuron ${chosen} in training`, bias));
  const d = arrays.W1.shape[0];
  slots.weights.append(lineChart({
    title: `Weights to neuron ${chosen} in the final model: W1`, axis: "dimension",
    lines: [{ label: "weight", colour: "one", x: Array.from({ length: d }, (_, i) => i), y: Array.from({ length: d }, (_, i) => row(arrays.W1, i)[chosen]) }],
  }));
}

function showFeature(model) {
  const { seen, arrays } = model, chosen = Math.min(state.feature ?? model.order.features[0], seen.N - 1);
  feature.max = seen.N - 1;
  feature.value = chosen;
  const measured = Object.keys(arrays).filter((name) => name.startsWith("features.") && name !== "features.feature")
    .map((name) => `${name.slice("features.".length).replaceAll("_", " ")} ${number(column(model, name)[chosen])}`);
  slots.feature_said.append(element("h3", { className: "part" }, `Feature ${chosen}`), element("p", { className: "said" }, `${measured.join(", ")}.`));
  if (arrays["output.full"]) {
    const full = row(arrays["output.full"], chosen), mono = row(arrays["output.mono"], chosen);
    const parts = [["whole model", "one", full], ["mono part (b ≤ 0)", "two", mono],
      ["poly part (b > 0)", "three", full.map((value, place) => value - mono[place])]];
    slots.response.append(lineChart({
      title: `Output of the final model for feature ${chosen} alone, by its amplitude`, axis: "amplitude",
      lines: [...parts.map(([label, colour, y]) => ({ label, colour, x: index.amplitudes, y })),
        { label: "truth", colour: "truth", dash: [2, 4], x: [0, 1], y: [0, 1] }],
    }));
  } else {
    slots.response.append(element("p", {}, "The outputs of the re-projector are not features, so that there is no response to show."));
  }
  const values = ofFeature(seen, chosen), order = falling(values);
  slots.strongest.append(lineChart({
    title: `Neurons of the final model by falling activation for feature ${chosen}`, axis: "rank",
    lines: [{ label: "activation", colour: "one", x: order.map((_, rank) => rank), y: order.map((i) => values[i]) }],
    pick: (rank) => go({ neuron: order[rank] }),
  }), list("Strongest:", order.slice(0, 6).map((i) => `neuron ${i}: ${number(values[i])}, r ${number(column(model, "neurons.r")[i])}`)));
}
