/** A list of a benchmark that does not keep its form, or that another list does not fit. */
export class ListError extends Error {
  override readonly name = "ListError";
}
