// LiteRT.js on one thread, with plain arrays in and out.

import { bytes } from "./load.js";
import { loadAndCompile, loadLiteRt, supportsFeature, Tensor } from "./litert.js";

export async function start() {
  const relaxed = await supportsFeature("relaxedSimd");
  const name = relaxed ? "litert_wasm_internal" : "litert_wasm_compat_internal";
  // What LiteRT.js would fetch itself, not packed; and it tells of all it does.
  const quiet = () => {};
  self.Module = { wasmBinary: await bytes(`${name}.wasm.gz`), print: quiet, printErr: quiet };
  await loadLiteRt(new URL(`${name}.js`, import.meta.url).href);
}

export class Model {
  static async from(content) {
    const own = new Model();
    own.compiled = await loadAndCompile(content, { accelerator: "wasm" });
    return own;
  }

  inputs(signature) {
    return this.compiled.signatures[signature].getInputDetails();
  }

  // Takes arrays or tensors by name; tensors that are given are used up.
  async run(signature, given) {
    const inputs = {};
    for (const { name, dtype, shape } of this.inputs(signature)) {
      const value = given[name] ?? (dtype === "int32" ? Int32Array : Float32Array);
      if (value instanceof Tensor) inputs[name] = value;
      else if (typeof value === "function")
        inputs[name] = new Tensor(new value(shape.reduce((a, b) => a * b, 1)), shape);
      else inputs[name] = new Tensor(value, shape);
    }
    const outputs = await this.compiled.run(signature, inputs);
    for (const input of Object.values(inputs)) input.delete();
    return outputs;
  }

  delete() {
    this.compiled.delete();
  }
}

export function taken(tensor) {
  const array = tensor.toTypedArray().slice();
  tensor.delete();
  return array;
}
