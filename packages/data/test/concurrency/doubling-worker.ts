/** Doubles numbers; throws for 13, ends its thread for 0, and sends a view of its memory along for others. */
import { serveTasks } from "../../src/concurrency/serve-tasks.ts";

serveTasks((number: number) => {
  if (number === 0) process.exit(7);
  if (number === 13) throw new RangeError("13 is refused");
  return 2 * number;
});
