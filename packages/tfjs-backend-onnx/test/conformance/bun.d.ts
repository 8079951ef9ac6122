/** What the specs' runner uses of Bun, which @types/node does not describe. */
declare module "bun" {
  export function plugin(options: {
    name: string;
    setup(build: {
      onResolve(filter: { filter: RegExp }, resolve: (args: { path: string }) => { path: string }): void;
    }): void;
  }): void;
}
