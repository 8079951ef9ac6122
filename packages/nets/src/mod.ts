export * from "./browser.ts";
export { readSafetensors, writeSafetensors } from "./safetensors-file.ts";
export { loadNet, saveNet } from "./save-net.ts";
export { readTensorFlowCheckpoint } from "./tensorflow-checkpoint.ts";
export { loadTfjs, saveTfjs } from "./tfjs-files.ts";
