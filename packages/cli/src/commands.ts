import type { Command } from "./command.ts";
import { doctor } from "./commands/doctor.ts";

/** Every subcommand, in the order of the help. */
export const COMMANDS = [doctor] as unknown as readonly Command[];
