export { COMMANDS } from "./commands.ts";
export { type Io, runProgram } from "./run-command.ts";
