import { init } from "@amface/mpi";

await init({ library: "/nowhere/libmpi.so" });
