import type { Command } from "./command.ts";
import { align } from "./commands/align.ts";
import { demo } from "./commands/demo.ts";
import { detect } from "./commands/detect.ts";
import { doctor } from "./commands/doctor.ts";
import { embed } from "./commands/embed.ts";
import { evalCommand } from "./commands/eval.ts";
import { train } from "./commands/train.ts";

/** Every subcommand, in the order of the help. */
export const COMMANDS = [
  demo,
  detect,
  align,
  train,
  embed,
  evalCommand,
  doctor,
] as unknown as readonly Command[];
