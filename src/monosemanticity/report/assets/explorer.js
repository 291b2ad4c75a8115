// The models of the paper: one run, another beside it, a step of training, a neuron and a feature. The address says which.

const index = JSON.parse(document.getElementById("index").textContent);
const models = document.getElementById("models");
const state = { run: null, beside: null, step: null, neuron: null, feature: null };
const slots = {};
let drawing = 0;

function places() {
  return Object.entries(index.batches).flatMap(([batch, members]) => members.map((member) => ({ batch, ...member })));
}

function optionsOf(members) {
  return members.map(({ run, label }) => element("option", { value: run }, label));
}

function labelled(text, control) {
  return element("label", {}, text, control);
}

// Two lists: of batches, and of the settings of the chosen one.
function chooser(what, optional, choose) {
  const batches = Object.keys(index.batches);
  const batch = element("select", {}, ...(optional ? [element("option", { value: "" }, "none")] : []),
    ...batches.map((name) => element("option", { value: name }, name)));
  const setting = element("select", {});
  const fill = () => {
    setting.replaceChildren(...optionsOf(index.batches[batch.value] ?? []));
    setting.disabled = !batch.value;
  };
  batch.addEventListener("change", () => { fill(); choose(setting.value || null); });
  setting.addEventListener("change", () => choose(setting.value));
  fill();
  return {
    controls: [labelled(`${what}: batch`, batch), labelled(`${what}: setting`, setting)],
    show(run) {
      const own = (index.batches[batch.value] ?? []).some((member) => member.run === run);
      if (!own) {
        batch.value = places().find((place) => place.run === run)?.batch ?? "";
        fill();
      }
      setting.value = run ?? "";
    },
  };
}

const first = chooser("Run", false, (run) => go({ run, step: null, neuron: null, feature: null }));
const second = chooser("Beside it", true, (beside) => go({ beside }));
const step = element("input", { type: "range", min: 0, step: 1 });
const stepSaid = element("output", {});
const neuron = element("input", { type: "number", min: 0, step: 1 });
const feature = element("input", { type: "number", min: 0, step: 1 });

step.addEventListener("input", () => go({ step: index.runs[state.run].steps[step.value] }));
neuron.addEventListener("change", () => go({ neuron: whole(neuron) }));
feature.addEventListener("change", () => go({ feature: whole(feature) }));

function whole(input) {
  return Math.min(Math.max(Math.round(Number(input.value)) || 0, 0), Number(input.max));
}

function slot(name, tag = "div") {
  slots[name] = element(tag, { id: `explorer-${name}` });
  return slots[name];
}

models.append(
  element("div", { className: "controls" }, ...first.controls, ...second.controls,
    element("label", {}, "Step of training", step, stepSaid)),
  slot("said"),
  element("div", { className: "charts" }, slot("loss"), slot("mono"), slot("mean_bias"), slot("bias"), slot("r")),
  element("div", { className: "charts" }, slot("heat"), slot("heat_beside")),
  element("div", { className: "controls" }, labelled("Neuron", neuron)),
  slot("neuron_said"),
  element("div", { className: "charts" }, slot("fires"), slot("history"), slot("history_bias"), slot("weights")),
  element("div", { className: "controls" }, labelled("Feature", feature)),
  slot("feature_said"),
  element("div", { className: "charts" }, slot("response"), slot("strongest")),
);

// The address: #run=...&step=...; #batch=LR3 is the first run of a batch; an anchor of the page is left alone.
function address() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const run = parts.get("run") ?? index.batches[parts.get("batch")]?.[0]?.run;
  if (!run || !Object.hasOwn(index.runs, run)) return null;
  const count = (name) => (/^\d+$/.test(parts.get(name) ?? "") ? Number(parts.get(name)) : null);
  const beside = parts.get("beside");
  return { run, beside: Object.hasOwn(index.runs, beside) ? beside : null, step: count("step"), neuron: count("neuron"), feature: count("feature") };
}

function go(change) {
  Object.assign(state, change);
  const kept = Object.entries(state).filter(([, value]) => value !== null);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
  return show();
}

async function opened(run) {
  const about = index.runs[run];
  if (!about || about.missing) return about ? { missing: about.missing, command: about.command } : null;
  const [arrays, { P }] = await Promise.all([arraysOf(run), arraysOf(about.P)]);
  if (!about.seen) {
    const [N, k] = [P.shape[0], arrays.W1.shape[1]];
    about.seen = arrays.h ? { h: inSteps(arrays.h, arrays["h.ends"]), N, k } : responses(P, arrays.W1, arrays["neurons.bias"], about.numbers);
    about.order = inOrder(about.seen, arrays["neurons.r"].data);
  }
  return { ...about, run, arrays, P };
}

function gap(what, { missing, command }) {
  return element("p", { className: "gap" }, `${what} is missing: ${missing}. Make it: `, element("code", {}, command));
}

function at(model, wanted) {
  if (wanted === null) return model.steps.length - 1;
  const away = model.steps.map((step_) => Math.abs(Math.log(step_ / Math.max(wanted, 1))));
  return away.indexOf(Math.min(...away));
}

function column(model, name) {
  return model.arrays[name].data;
}

async function show() {
  const mine = ++drawing;
  let one, two;
  try {
    [one, two] = await Promise.all([opened(state.run), opened(state.beside)]);
  } catch (error) {
    one = { missing: `it cannot be read (${error.message})`, command: "monosemanticity report" };
  }
  if (mine !== drawing) return;
  first.show(state.run);
  second.show(state.beside);
  const focused = document.activeElement?.closest?.("[id^=explorer-]")?.id;
  const cursor = document.activeElement?.dataset?.place;
  forget(models);
  for (const each of Object.values(slots)) each.replaceChildren();
  for (const control of [step, neuron, feature]) control.disabled = !one || Boolean(one.missing);
  if (!one) return;
  if (one.missing) return slots.said.append(gap(state.run, one));
  const beside = two && !two.missing ? two : null;
  const place = at(one, state.step);
  step.max = one.steps.length - 1;
  step.value = place;
  stepSaid.value = `step ${one.steps[place].toLocaleString("en")}`;
  showRuns([one, beside].filter(Boolean), one.steps[place]);
  if (two?.missing) slots.said.append(gap(state.beside, two));
  showNeuron(one, place);
  showFeature(one);
  const again = focused && document.getElementById(focused)?.querySelector("[tabindex]");
  if (again) {
    again.focus({ preventScroll: true });
    if (cursor !== undefined) again.dataset.place = cursor;
  }
  requestAnimationFrame(() => requestAnimationFrame(() => { models.dataset.drawn = location.hash; }));
}

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

function follow() {
  const asked = address();
  if (!asked) return;
  Object.assign(state, asked);
  show();
  document.getElementById("explorer").scrollIntoView();
}

window.addEventListener("hashchange", follow);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show());

if (address()) follow();
else if (places().length) {
  state.run = (places().find(({ run }) => !index.runs[run].missing) ?? places()[0]).run;
  // Drawn when it comes into sight, so that the page opens at once.
  new IntersectionObserver((seen, observer) => {
    if (seen.some((each) => each.isIntersecting)) { observer.disconnect(); show(); }
  }, { rootMargin: "800px" }).observe(models);
}
