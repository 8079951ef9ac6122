import "@amface/tfjs-backend-onnx";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { COMMANDS, runProgram } from "../src/mod.ts";

const backend = tf.findBackend("onnx") as OnnxBackend;
const { patience, threading } = backend;

/** Runs the program in this process, and gives the engine its settings back, which commands change for themselves. */
export async function runHere(args: readonly string[], signal = new AbortController().signal) {
  let [out, err] = ["", ""];
  try {
    const status = await runProgram(COMMANDS, [...args], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
      signal,
    });
    return { status, out, err };
  } finally {
    backend.patience = patience;
    backend.setThreads(threading.threads);
  }
}
