/** An attributes file that does not keep its form. */
export class AttributesError extends Error {
  override readonly name = "AttributesError";
}
