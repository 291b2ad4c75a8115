// What a model's neurons do when one feature is active alone, computed from its weights.

const DELTA = 1e-10; // of eq. 7

// phi of eq. 5, as experiment/activations.py defines it; SoLU divides by a sum over all neurons of an input.
const PHI = {
  relu: (e) => Math.max(e, 0),
  gelu: (e) => (e * erfc(-e * Math.SQRT1_2)) / 2,
  solu: (e) => e * Math.exp(e),
  unnormalised_solu: (e) => e * Math.exp(e),
};

// To seven digits (Numerical Recipes' erfcc).
function erfc(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const terms = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223];
  const tail = t * Math.exp(terms.reduce((sum, term) => sum * t + term) - x * x);
  return x >= 0 ? tail : 2 - tail;
}

// h_i(F_j), a row a feature; for the absolute-value task h_i(F_j) + h_i(-F_j).
function responses(P, W1, b, { task, activation }) {
  const [N, d] = P.shape, k = W1.shape[1];
  const h = new Float32Array(N * k), e = new Float64Array(k);
  for (const sign of task === "abs" ? [1, -1] : [1]) {
    for (let feature = 0; feature < N; feature++) {
      e.set(b.data);
      for (let i = 0; i < d; i++) {
        const x = sign * P.data[feature * d + i], weights = row(W1, i);
        for (let neuron = 0; neuron < k; neuron++) e[neuron] += x * weights[neuron];
      }
      const total = activation === "solu" ? e.reduce((sum, value) => sum + Math.exp(value), 0) : 1;
      const phi = PHI[activation];
      for (let neuron = 0; neuron < k; neuron++) h[feature * k + neuron] += phi(e[neuron]) / total;
    }
  }
  return { h, N, k };
}

function ofNeuron({ h, N, k }, neuron) {
  return Float32Array.from({ length: N }, (_, feature) => h[feature * k + neuron]);
}

function ofFeature({ h, k }, feature) {
  return h.subarray(feature * k, (feature + 1) * k);
}

// r_i of eq. 7; 0 for a neuron that no feature activates.
function monosemanticity(values) {
  let largest = 0, sum = DELTA;
  for (const value of values) {
    largest = Math.max(largest, value);
    sum += Math.max(value, 0);
  }
  return largest / sum;
}

// Places in falling order; equal values stay as they were.
function falling(values) {
  return Array.from(values, (_, place) => place).sort((one, other) => values[other] - values[one] || one - other);
}

// The paper's order of a heat map: neurons by falling r, features by the place of the neuron that they activate most.
function inOrder(seen) {
  const neurons = falling(Array.from({ length: seen.k }, (_, neuron) => monosemanticity(ofNeuron(seen, neuron))));
  const places = Array.from({ length: seen.N }, (_, feature) => {
    const values = ofFeature(seen, feature);
    return neurons.reduce((best, neuron, place) => (values[neuron] > values[neurons[best]] ? place : best), 0);
  });
  return { neurons, features: falling(places.map((place) => -place)) };
}
