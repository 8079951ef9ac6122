import assert from "node:assert/strict";
import { test } from "node:test";
import { advise } from "../../src/doctor/advise.ts";
import { renderDiagnosis } from "../../src/doctor/render-diagnosis.ts";
import { probes, WHOLE } from "./made-up-facts.ts";

test("the report names what was found, the engine that is chosen, and a remedy for each that fails", () => {
  const facts = { ...WHOLE, cudaProvider: false };
  const engines = probes("onnx:cuda", "wasm:cpu").map((probe) =>
    probe.name === "tensorflow" && probe.device === "gpu"
      ? { ...probe, speed: { matMul: 9123.4, conv2d: 4.56 } }
      : probe,
  );
  const text = renderDiagnosis({
    ...facts,
    chosen: "tensorflow:gpu",
    weights: [{ name: "detector", date: "2026-11-27", terms: "research", sha256: "0" }],
    engines,
    advice: advise(facts, engines),
  });
  assert.match(text, /^GPUs +NVIDIA RTX A4000, driver 550\.54\.14, 15000 of 16376 MiB free$/m);
  assert.match(text, /^Vulkan +loader \/lib\/libvulkan\.so\.1; drivers: NVIDIA 1\.3\.277$/m);
  assert.match(text, /^weights +detector of 2026-11-27: research$/m);
  assert.match(text, /^ {2}tensorflow:gpu +yes, chosen +.*matmul 9123, conv2d 4\.6 GFLOP\/s$/m);
  assert.match(text, /^ {2}onnx:cuda +no .*\n +ONNX Runtime's CUDA provider is not installed: bun pm trust/m);
  assert.match(text, /^ {2}wasm:cpu +no .*\n +it said no$/m);
});
