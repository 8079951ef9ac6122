import type { Command, CommandEntry } from "./command/command.ts";

/** Every subcommand, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "demo",
    summary: "do the whole job on generated faces: make, align, train, verify, report",
    load: async () => erase((await import("./commands/demo.ts")).demo),
  },
  {
    name: "generate",
    summary: "draw faces of people who do not exist, or scenes of several of them",
    load: async () => erase((await import("./commands/generate.ts")).generate),
  },
  {
    name: "detect",
    summary: "find faces and their landmarks in photos",
    load: async () => erase((await import("./commands/detect.ts")).detect),
  },
  {
    name: "align",
    summary: "crop the main face of every photo in a folder of identities",
    load: async () => erase((await import("./commands/align.ts")).align),
  },
  {
    name: "pack",
    summary: "pack a folder of crops into TFRecord shards",
    load: async () => erase((await import("./commands/pack.ts")).pack),
  },
  {
    name: "lr-find",
    summary: "find a learning rate: train a few steps at rising rates and see where the loss falls",
    load: async () => erase((await import("./commands/lr-find.ts")).lrFind),
  },
  {
    name: "train",
    summary: "train a net with AM-Softmax or another margin loss",
    load: async () => erase((await import("./commands/train.ts")).train),
  },
  {
    name: "sweep",
    summary: "train a grid or a random search over options, ending poor runs early, and compare the runs",
    load: async () => erase((await import("./commands/sweep.ts")).sweep),
  },
  {
    name: "compare",
    summary: "set runs side by side: options that differ, curves, scores with intervals, a paired test",
    load: async () => erase((await import("./commands/compare.ts")).compare),
  },
  {
    name: "embed",
    summary: "write the embeddings of a folder of crops",
    load: async () => erase((await import("./commands/embed.ts")).embed),
  },
  {
    name: "eval",
    summary: "measure a model by the LFW protocol",
    load: async () => erase((await import("./commands/eval.ts")).evalCommand),
  },
  {
    name: "calibrate",
    summary: "choose a model's thresholds on some of your own photos, with what so few can say",
    load: async () => erase((await import("./commands/calibrate.ts")).calibrate),
  },
  {
    name: "inspect",
    summary: "say what a file is (weights, ONNX, TensorFlow, embeddings, records), and which net it fits",
    load: async () => erase((await import("./commands/inspect.ts")).inspect),
  },
  {
    name: "verify",
    summary: "decide whether two photos show the same person, using a model's threshold card",
    load: async () => erase((await import("./commands/verify.ts")).verify),
  },
  {
    name: "enrol",
    summary: "add people to a gallery, remove and rename them",
    load: async () => erase((await import("./commands/enrol.ts")).enrol),
  },
  {
    name: "identify",
    summary: "say who of a gallery photos show, or that it is nobody of them",
    load: async () => erase((await import("./commands/identify.ts")).identify),
  },
  {
    name: "audit",
    summary: "report on a data set: counts, copies, wrong labels, test people, what to leave out",
    load: async () => erase((await import("./commands/audit.ts")).audit),
  },
  {
    name: "filter",
    summary: "find photos that look unlike the rest of their identity",
    load: async () => erase((await import("./commands/filter.ts")).filter),
  },
  {
    name: "overlap",
    summary: "find training identities that the test pairs show too",
    load: async () => erase((await import("./commands/overlap.ts")).overlap),
  },
  {
    name: "cluster",
    summary: "group photos by who they show, given their embeddings",
    load: async () => erase((await import("./commands/cluster.ts")).cluster),
  },
  {
    name: "duplicates",
    summary: "find copies of photos, also re-encoded and resized ones",
    load: async () => erase((await import("./commands/duplicates.ts")).duplicates),
  },
  {
    name: "datasets",
    summary: "list the dataset cards, or check a copy on disk against its card",
    load: async () => erase((await import("./commands/datasets.ts")).datasets),
  },
  {
    name: "export",
    summary: "write a model for other runtimes: ONNX or TensorFlow.js",
    load: async () => erase((await import("./commands/export.ts")).exportCommand),
  },
  {
    name: "notebook",
    summary: "rerun notebooks headless, or start Jupyter with the TypeScript kernel",
    load: async () => erase((await import("./commands/notebook.ts")).notebook),
  },
  {
    name: "reproduce",
    summary: "run the commands behind the stated results again, and compare stage by stage",
    load: async () => erase((await import("./commands/reproduce.ts")).reproduce),
  },
  {
    name: "doctor",
    summary: "show which engines work here and how fast, and what to do about the others",
    load: async () => erase((await import("./commands/doctor.ts")).doctor),
  },
];

/** Forgets the types of a command's options, which its own parser has checked. */
const erase = (command: unknown) => command as Command;
