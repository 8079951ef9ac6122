export { type Io, runProgram } from "./command/run-command.ts";
export { COMMANDS } from "./commands.ts";
