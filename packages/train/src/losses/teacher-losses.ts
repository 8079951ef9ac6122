import { cosineDistance, smoothL1 } from "@amface/loss";

/** How far embeddings are from a teacher's; `@amface/loss` has the equations. */
export const TEACHER_LOSSES = { cosine: cosineDistance, "smooth-l1": smoothL1 } as const;

export type TeacherLossName = keyof typeof TEACHER_LOSSES;
