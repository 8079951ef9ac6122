/** Calls TypeDoc's modules by the packages' names; they are entry points such as `align/src/mod`. */
export function load(app) {
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) module.name = `@amface/${module.name.split("/", 1)[0]}`;
  });
}
