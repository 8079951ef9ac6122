import { cpu } from "./cpu.ts";
import { paper } from "./paper.ts";
import type { Preset } from "./preset.ts";
import { reference } from "./reference.ts";

/** Recipes by their names; each file opens with its command, hardware, time and score. */
export const PRESETS = { paper, reference, cpu } as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];
