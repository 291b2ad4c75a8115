// The arrays of a block: a safetensors file, compressed, as base64 text in a script element that is not run.

const ARRAYS = { F32: Float32Array, U16: Uint16Array, U8: Uint8Array };
const loaded = new Map();

function arraysOf(name) {
  if (!loaded.has(name)) loaded.set(name, decode(document.getElementById(`block-${name}`).textContent));
  return loaded.get(name);
}

async function decode(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  delete header.__metadata__;
  const arrays = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(header)) {
    const bytes = buffer.slice(8 + length + from, 8 + length + to);
    arrays[name] = { shape, data: dtype === "F16" ? singles(new Uint16Array(bytes)) : new ARRAYS[dtype](bytes) };
  }
  return arrays;
}

// The columns of a table in a block, without the one that its rows are in order of.
function columnsOf(arrays, table, order) {
  const own = Object.keys(arrays).filter((name) => name.startsWith(`${table}.`) && name !== `${table}.${order}`);
  return own.map((name) => name.slice(table.length + 1));
}

// Half-precision numbers as single ones: browsers that have Float16Array are few yet.
function singles(halves) {
  return Float32Array.from(halves, (bits) => {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

// Numbers that are kept in 255 equal steps between two ends.
function inSteps({ data }, { data: [least, most] }) {
  return Float32Array.from(data, (step) => least + (step / 255) * (most - least));
}

function row({ data, shape }, number) {
  return data.subarray(number * shape[1], (number + 1) * shape[1]);
}
