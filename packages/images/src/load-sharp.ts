/** sharp, loaded once it is needed: that takes 0.1 to 0.3 s, and threads that only meet plain crops never do. */
export async function loadSharp(): Promise<typeof import("sharp").default> {
  return (await import("sharp")).default;
}
