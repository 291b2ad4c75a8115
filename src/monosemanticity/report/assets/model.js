// What a model's neurons do when one feature is active alone, computed from its weights.

// h_i(F_j) = ReLU(W1 F_j + b), a row a feature; for the absolute-value task h_i(F_j) + h_i(-F_j).
function responses(P, W1, b, { task }) {
  const [N, d] = P.shape, k = W1.shape[1];
  const h = new Float32Array(N * k), e = new Float64Array(k);
  for (const sign of task === "abs" ? [1, -1] : [1]) {
    for (let feature = 0; feature < N; feature++) {
      e.set(b.data);
      for (let i = 0; i < d; i++) {
        const x = sign * P.data[feature * d + i], weights = row(W1, i);
        for (let neuron = 0; neuron < k; neuron++) e[neuron] += x * weights[neuron];
      }
      for (let neuron = 0; neuron < k; neuron++) h[feature * k + neuron] += Math.max(e[neuron], 0);
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

// Places in falling order; equal values stay as they were.
function falling(values) {
  return Array.from(values, (_, place) => place).sort((one, other) => values[other] - values[one] || one - other);
}

// The paper's order of a heat map: neurons by falling r, features by the place of the neuron that they activate most.
function inOrder(seen, r) {
  const neurons = falling(r);
  const places = Array.from({ length: seen.N }, (_, feature) => {
    const values = ofFeature(seen, feature);
    return neurons.reduce((best, neuron, place) => (values[neuron] > values[neurons[best]] ? place : best), 0);
  });
  return { neurons, features: falling(places.map((place) => -place)) };
}
