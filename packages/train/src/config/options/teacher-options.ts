import { NET_NAMES } from "@amface/nets";
import { z } from "zod";
import { TEACHER_LOSSES, type TeacherLossName } from "../../losses/teacher-losses.ts";
import { count, nonnegative, optionTexts, path, positive } from "../../option/option.ts";

const lossNames = Object.keys(TEACHER_LOSSES) as TeacherLossName[];

/** Another net, whose embeddings a run learns beside the identities or in their place. */
export const teacherOptions = {
  /** A saved model, the folder of a finished run, or with `teacherNet` another program's weights. */
  teacher: path().optional().register(optionTexts, {
    value: "MODEL",
    help: "saved model or finished run whose embeddings the net learns too; of --image-size and --embedding-size",
  }),
  /** The net whose weights `teacher` has, where another program wrote them. */
  teacherNet: z.enum(NET_NAMES).optional().register(optionTexts, {
    value: "NAME",
    help: "net of --teacher, if it is another program's weights: .safetensors with PyTorch's names, or a TensorFlow checkpoint",
  }),
  /** How the distance to the teacher's embeddings is measured. */
  teacherLoss: z
    .enum(lossNames)
    .default("cosine")
    .register(optionTexts, {
      value: "NAME",
      help: `distance to the teacher's embeddings, one of ${lossNames.join(", ")}`,
    }),
  /** Factor of that distance in the loss. */
  teacherWeight: positive()
    .default(30)
    .register(optionTexts, { value: "W", help: "factor of the distance to the teacher's embeddings" }),
  /** Factor of the margin loss; at 0 the teacher alone teaches, and labels do not matter. */
  lossWeight: nonnegative()
    .default(1)
    .register(optionTexts, { value: "W", help: "factor of --loss; 0 to learn from the teacher alone" }),
  /** Photos without labels, of which only the teacher's embeddings are learnt: folders or shards, whatever their names. */
  unlabelledDir: path().optional().register(optionTexts, {
    value: "DIR",
    help: "further crops, whose folders are no identities, to learn from the teacher alone",
  }),
  /** Photos of `unlabelledDir` that a step takes besides the `batchSize` others. */
  unlabelledBatchSize: count().optional().register(optionTexts, {
    value: "N",
    help: "photos of --unlabelled-dir per step, besides those of --batch-size",
    absent: "as many",
  }),
  /** Folder of the teacher's embeddings, which runs can share. */
  teacherCache: path().optional().register(optionTexts, {
    value: "DIR",
    help: "where the teacher's embeddings are kept, to share them among runs",
    absent: "the run directory",
  }),
};
