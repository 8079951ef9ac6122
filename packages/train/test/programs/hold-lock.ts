// Takes the lock that it is told, says so, and keeps it until it is killed.
import { RunLock } from "../../src/run/run-lock.ts";

await RunLock.acquire(process.argv[2]);
console.log("held");
setInterval(() => {}, 1000);
