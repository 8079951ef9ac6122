import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MPI_ENVIRONMENT } from "../packages/mpi/test/mpirun.ts";

/**
 * Runs the benchmark that is running once more, in so many processes of MPI, with further options.
 *
 * @returns What the processes print as JSON, a line each.
 */
export async function startProcesses<T>(processes: number, ...options: readonly string[]): Promise<T[]> {
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const args = ["-np", String(processes), ...program, ...options];
  // A launch agent in the environment comes before what suits one machine.
  const env = { ...MPI_ENVIRONMENT, ...process.env };
  const { stdout } = await promisify(execFile)("mpirun", args, { env });
  return stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as T] : []));
}
