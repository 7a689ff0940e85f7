// Reads one frame: a safetensors buffer (8-byte little-endian header length, JSON header, raw data).

const ARRAYS = { F32: Float32Array, U8: Uint8Array, F64: Float64Array, I32: Int32Array };

/** Numbers as they travel in JSON: finite ones as numbers, the others as strings. */
export function number(value) {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return NaN;
  const text = value.toLowerCase().replace("infinity", "inf");
  if (text === "inf" || text === "+inf") return Infinity;
  return text === "-inf" ? -Infinity : NaN;
}

function tensor(buffer, start, { dtype, shape, data_offsets: [from, to] }) {
  const Type = ARRAYS[dtype];
  if (!Type) throw new Error(`dtype ${dtype}`);
  const size = shape.reduce((product, n) => product * n, 1);
  if (from < 0 || to > buffer.byteLength - start || to - from !== size * Type.BYTES_PER_ELEMENT) {
    throw new Error(`offsets ${from}-${to}`);
  }
  const aligned = (start + from) % Type.BYTES_PER_ELEMENT === 0;
  // A typed array must start at a multiple of its element size: copy where the data does not.
  const data = aligned ? new Type(buffer, start + from, size) : new Type(buffer.slice(start + from, start + to));
  return { data, shape };
}

/** ArrayBuffer -> { info, tensors: Map(name -> { data, shape }) }; throws on anything malformed. */
export function parseFrame(buffer) {
  if (buffer.byteLength < 8) throw new Error("shorter than a header");
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > buffer.byteLength - 8) throw new Error("header longer than the frame");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = new Map();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") tensors.set(name, tensor(buffer, 8 + length, entry));
  }
  return { info: JSON.parse(header.__metadata__?.info ?? "{}"), tensors };
}
