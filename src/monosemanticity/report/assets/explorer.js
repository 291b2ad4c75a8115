// What is chosen of the paper's models: a run, another beside it, a step, a neuron and a feature; the address says it.

const index = JSON.parse(document.getElementById("index").textContent);
const models = document.getElementById("models");
const state = { run: null, beside: null, step: null, neuron: null, feature: null };
const slots = {};
let drawing = 0;

function places() {
  return Object.entries(index.batches).flatMap(([batch, members]) => members.map((member) => ({ batch, ...member })));
}

function labelled(text, control) {
  return element("label", {}, text, control);
}

// Two lists: of batches, and of the settings of the chosen one.
function chooser(what, optional, choose) {
  const batches = Object.keys(index.batches).map((name) => [name, name]);
  const batch = element("select", {}, ...optionsOf(optional ? [["", "none"], ...batches] : batches));
  const setting = element("select", {});
  const fill = () => {
    setting.replaceChildren(...optionsOf((index.batches[batch.value] ?? []).map(({ run, label }) => [run, label])));
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
  return within(Math.round(Number(input.value)) || 0, 0, Number(input.max));
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
  const beside = Object.hasOwn(index.runs, parts.get("beside")) ? parts.get("beside") : null;
  return { run, beside, step: count("step"), neuron: count("neuron"), feature: count("feature") };
}

function go(change) {
  Object.assign(state, change);
  const kept = Object.entries(state).filter(([, value]) => value !== null);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
  return show();
}

async function opened(run) {
  const about = index.runs[run];
  if (!about || about.missing) return about ?? null;
  let arrays, P;
  try {
    [arrays, { P }] = await Promise.all([arraysOf(run), arraysOf(about.P)]);
  } catch (error) {
    return unreadable(error);
  }
  if (!about.seen) {
    const [N, k] = [P.shape[0], arrays.W1.shape[1]];
    about.seen = arrays.h ? { h: inSteps(arrays.h, arrays["h.ends"]), N, k }
      : responses(P, arrays.W1, arrays["neurons.bias"], about.numbers);
    about.order = inOrder(about.seen, arrays["neurons.r"].data);
  }
  return { ...about, run, arrays, P };
}

function unreadable(error) {
  return { missing: `it cannot be read (${error.message})`, command: "monosemanticity report" };
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
  const [one, two] = await Promise.all([opened(state.run), opened(state.beside)]);
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
  stepSaid.value = `step ${thousands(one.steps[place])}`;
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

function follow() {
  const asked = address();
  if (!asked) return;
  Object.assign(state, asked);
  show();
  document.getElementById("explorer").scrollIntoView();
}

onAddress(follow);
onOtherColours(() => show());

if (address()) follow();
else if (places().length) {
  state.run = (places().find(({ run }) => !index.runs[run].missing) ?? places()[0]).run;
  whenSeen(models, () => { if (!models.dataset.drawn) show(); });
}
