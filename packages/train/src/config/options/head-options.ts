import { z } from "zod";
import { optionTexts, positive } from "../../option/option.ts";

/** Where the head lies, and how much of it a step trains. */
export const headOptions = {
  /**
   * `sharded`: its identities lie in `accumulateSteps` blocks, which the processes share (Partial FC, arXiv:2203.15565), and
   * every step trains all of them. `whole`: in every process.
   */
  head: z.enum(["whole", "sharded"]).default("whole").register(optionTexts, {
    value: "KIND",
    help: "whole: in every process; sharded: in accumulateSteps blocks of identities that the processes share, for heads larger than a process's memory",
  }),
  /**
   * Share of the identities that a step scores: those of its photos and a random part of the others (Partial FC,
   * arXiv:2203.15565), for more class weights than fit the device. All of them where absent.
   */
  sampleRate: positive().max(1).optional().register(optionTexts, {
    value: "R",
    help: "share of the identities that a step scores, its photos' among them, for large heads (momentum, nesterov)",
    absent: "all",
  }),
};
