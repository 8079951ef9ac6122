import { OnnxBackend } from "./backend.ts";
import { registerOnnxBackend } from "./register-backend.ts";

/** `tensorflow` has 3, `cpu` 1. */
const PRIORITY = 2;

// TensorFlow.js's custom: importing a backend registers it.
registerOnnxBackend(() => new OnnxBackend(), PRIORITY);
