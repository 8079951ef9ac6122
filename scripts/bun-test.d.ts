/** What the scripts use of Bun's own test module, which @types/node does not describe. */
declare module "bun:test" {
  export const mock: { module(id: string, factory: () => object): void };
}
