// Runs modules one after the other in the folder of their inputs, and prints as the last line what became of each:
// `{ name: error or null }`. The same program runs in every runtime.
import { pathToFileURL } from "node:url";

const [folder, ...modules] = process.argv.slice(2);
process.chdir(folder);
const outcomes = {};
for (const path of modules) {
  const name = path.replace(/^.*[/\\]|\.[^.]+$/g, "");
  try {
    await import(pathToFileURL(path).href);
    outcomes[name] = null;
  } catch (error) {
    outcomes[name] = String(error?.stack ?? error);
  }
}
console.log(`\n${JSON.stringify(outcomes)}`);
process.exit(0);
