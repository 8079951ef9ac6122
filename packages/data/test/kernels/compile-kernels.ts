import wabt from "wabt";

/** WebAssembly text to a module's bytes. */
export async function compileKernels(text: string): Promise<Uint8Array> {
  const compiler = await wabt();
  return compiler.parseWat("kernels.wat", text, { simd: true }).toBinary({}).buffer;
}
