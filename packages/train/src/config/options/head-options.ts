import { optionTexts, positive } from "../../option/option.ts";

/** How much of the head a step trains. */
export const headOptions = {
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
