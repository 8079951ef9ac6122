import { MpiError, MpiMissingError } from "./mpi-error.ts";

/** What is used of koffi; its own types would have to be there wherever these are read. */
interface Koffi {
  load(path: string, options?: { global?: boolean }): KoffiLibrary;
}
interface KoffiLibrary {
  func(name: string, result: string, parameters: readonly string[]): NativeFunction;
  symbol(name: string): bigint;
}

/** What a native function takes: numbers, handles, memory. */
export type NativeValue = number | bigint | null | ArrayBufferView;
type NativeFunction = (...values: NativeValue[]) => number;

/** A communicator, type of elements or operation, as MPI's functions take it. */
export type Handle = bigint | number;

/**
 * MPI's handles: Open MPI's are addresses of its globals; MPICH's are numbers, which its ABI has fixed since 3.1, for
 * Intel MPI, MVAPICH and Cray MPICH too.
 */
const HANDLES = {
  world: ["ompi_mpi_comm_world", 0x44000000],
  errorsReturn: ["ompi_mpi_errors_return", 0x54000001],
  Float32Array: ["ompi_mpi_float", 0x4c00040a],
  Float64Array: ["ompi_mpi_double", 0x4c00080b],
  Int32Array: ["ompi_mpi_int", 0x4c000405],
  Uint8Array: ["ompi_mpi_unsigned_char", 0x4c000102],
  sum: ["ompi_mpi_op_sum", 0x58000003],
  max: ["ompi_mpi_op_max", 0x58000001],
  min: ["ompi_mpi_op_min", 0x58000002],
} as const satisfies Record<string, readonly [string, number]>;

/** Parameters: `p` memory, `i` an int, `h` a handle. Those of non-blocking forms end in the request's memory. */
const FUNCTIONS = {
  ...{
    MPI_Init_thread: "ppip",
    MPI_Initialized: "p",
    MPI_Finalize: "",
    MPI_Error_string: "ipp",
    MPI_Abort: "hi",
  },
  ...{ MPI_Comm_rank: "hp", MPI_Comm_size: "hp", MPI_Comm_set_errhandler: "hh", MPI_Test: "ppp" },
  ...{ MPI_Allreduce: "ppihhh", MPI_Iallreduce: "ppihhhp" },
  ...{ MPI_Allgather: "pihpihh", MPI_Iallgather: "pihpihhp" },
  ...{ MPI_Reduce_scatter_block: "ppihhh", MPI_Ireduce_scatter_block: "ppihhhp" },
  ...{ MPI_Bcast: "pihih", MPI_Ibcast: "pihihp" },
  ...{ MPI_Send: "pihiih", MPI_Recv: "pihiihp", MPI_Sendrecv: "pihiipihiihp" },
  ...{ MPI_Isend: "pihiihp", MPI_Irecv: "pihiihp", MPI_Iprobe: "iihpp" },
  ...{ MPI_Barrier: "h", MPI_Ibarrier: "hp" },
} as const;

export type MpiFunction = keyof typeof FUNCTIONS;

/** MPI's functions, whichever implementation it is. */
export interface MpiLibrary {
  /** Name or path of the shared library. */
  readonly name: string;
  /** The first line of what it says of itself. */
  readonly version: string;
  readonly handles: Readonly<Record<keyof typeof HANDLES, Handle>>;
  /** The memory argument that says that a result replaces what is given. */
  readonly inPlace: bigint;
  /** @throws {MpiError} With MPI's text, where it gives another code than MPI_SUCCESS. */
  call(name: MpiFunction, ...values: NativeValue[]): void;
}

export interface LibraryOptions {
  /** Name or path of the shared library. */
  readonly library?: string | undefined;
  /** Whose it is, where that is known. */
  readonly implementation?: "Open MPI" | "MPICH" | undefined;
}

/** Where Linux, then macOS keep them. `libmpi.so` without a number comes with compilers' packages and may be either. */
const OPEN_MPI = ["libmpi.so.40", "libmpi.40.dylib"];
const MPICH = ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib"];
const EITHER = ["libmpi.so", "libmpi.dylib"];

/**
 * Loads an MPI library.
 *
 * @throws {MpiMissingError} Where koffi or MPI is not installed; it says what to install.
 */
export async function loadLibrary({ library, implementation }: LibraryOptions): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  const likely = implementation === "MPICH" ? [...MPICH, ...EITHER] : [...OPEN_MPI, ...EITHER];
  const names = library ? [library] : implementation ? likely : [...likely, ...MPICH];
  for (const name of names) {
    try {
      // Global, so that Open MPI's plugins find its symbols.
      return bind(name, koffi.load(name, { global: true }));
    } catch (error) {
      if (name !== names.at(-1)) continue;
      const [got] = String((error as Error).message).split("\n", 1);
      throw new MpiMissingError(
        `Cannot use MPI: expected one of ${names.join(", ")}, got ${got}; install MPI on every host, such as Debian's ` +
          `${implementation === "MPICH" ? "mpich" : "openmpi-bin and libopenmpi3"}, or give the library's path`,
        { cause: error },
      );
    }
  }
  throw new MpiMissingError("Cannot use MPI: expected a name of its library, got none");
}

async function loadKoffi(): Promise<Koffi> {
  const module = "koffi";
  try {
    const { default: koffi } = (await import(module)) as { default: Koffi };
    return koffi;
  } catch (cause) {
    const [got] = String((cause as Error).message).split("\n", 1);
    throw new MpiMissingError(
      `Cannot use MPI: expected the module koffi, which calls it, got ${got}; install it with: npm install koffi`,
      { cause },
    );
  }
}

function bind(name: string, library: KoffiLibrary): MpiLibrary {
  const version = versionOf(library);
  const isMpich = !/open mpi/i.test(version);
  const types: Record<string, string> = { p: "void *", i: "int", h: isMpich ? "int" : "intptr_t" };
  const functions = new Map(
    Object.entries(FUNCTIONS).map(([name, parameters]) => {
      return [
        name,
        library.func(
          name,
          "int",
          Array.from(parameters, (letter) => types[letter]),
        ),
      ];
    }),
  );
  const handles = Object.entries(HANDLES).map(([name, [symbol, number]]) => {
    return [name, isMpich ? number : library.symbol(symbol)];
  });
  const native = (name: MpiFunction, values: NativeValue[]) =>
    (functions.get(name) as NativeFunction)(...values);
  return {
    ...{ name, version, handles: Object.fromEntries(handles), inPlace: isMpich ? 2n ** 64n - 1n : 1n },
    call(name, ...values) {
      const code = native(name, values);
      if (code !== 0)
        throw new MpiError(
          name,
          code,
          textOf((...memory) => native("MPI_Error_string", [code, ...memory])),
        );
    },
  };
}

function versionOf(library: KoffiLibrary): string {
  const describe = library.func("MPI_Get_library_version", "int", ["void *", "void *"]);
  return textOf(describe).split("\n", 1)[0].replace(/,.*/, "").replace(/\s+/g, " ");
}

/** What a function writes that takes memory for a text and for its length. */
function textOf(write: (text: Uint8Array, length: Int32Array) => number): string {
  const text = new Uint8Array(8192); // the longest that either implementation gives
  const length = new Int32Array(1);
  write(text, length);
  return new TextDecoder().decode(text.subarray(0, length[0])).replaceAll("\0", "").trim();
}
