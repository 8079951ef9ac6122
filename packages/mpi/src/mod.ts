export { ONE_PROCESS } from "./alone.ts";
export type { Communicator, Exchange, MpiArray, MpiOperation } from "./communicator.ts";
export { type InitOptions, init } from "./init.ts";
export { findLaunch, type Launch } from "./launcher.ts";
export { MpiError, MpiMissingError } from "./mpi-error.ts";
