/* A process alone: what browsers have. */
export { ONE_PROCESS } from "./alone.ts";
export type { Communicator, Exchange, MpiArray, MpiOperation } from "./communicator.ts";
export { MpiError } from "./mpi-error.ts";
