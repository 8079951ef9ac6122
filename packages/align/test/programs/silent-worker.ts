import { parentPort } from "node:worker_threads";

/* A thread that ends at its first message, without a word and without work done. */

parentPort?.on("message", () => process.exit(7));
