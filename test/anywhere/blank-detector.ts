import { writeFile } from "node:fs/promises";
import { join } from "node:path";

type Arrays = Record<string, Record<string, readonly number[]>>;

const conv = (size: number, channelsIn: number, channelsOut: number) => ({
  weights: [size, size, channelsIn, channelsOut],
  biases: [channelsOut],
});
const dense = (rows: number, columns: number) => ({ weights: [rows, columns], biases: [columns] });
const prelu = (channels: number) => ({ alpha: [channels] });

const NETS: Record<string, Arrays> = {
  det1: {
    ...{ conv1: conv(3, 3, 10), PReLU1: prelu(10), conv2: conv(3, 10, 16), PReLU2: prelu(16) },
    ...{ conv3: conv(3, 16, 32), PReLU3: prelu(32), "conv4-1": conv(1, 32, 2), "conv4-2": conv(1, 32, 4) },
  },
  det2: {
    ...{ conv1: conv(3, 3, 28), prelu1: prelu(28), conv2: conv(3, 28, 48), prelu2: prelu(48) },
    ...{ conv3: conv(2, 48, 64), prelu3: prelu(64), conv4: dense(9 * 64, 128), prelu4: prelu(128) },
    ...{ "conv5-1": dense(128, 2), "conv5-2": dense(128, 4) },
  },
  det3: {
    ...{ conv1: conv(3, 3, 32), prelu1: prelu(32), conv2: conv(3, 32, 64), prelu2: prelu(64) },
    ...{ conv3: conv(3, 64, 64), prelu3: prelu(64), conv4: conv(2, 64, 128), prelu4: prelu(128) },
    ...{ conv5: dense(9 * 128, 256), prelu5: prelu(256) },
    ...{ "conv6-1": dense(256, 2), "conv6-2": dense(256, 4), "conv6-3": dense(256, 10) },
  },
};

/** Writes weights of MTCNN that are all zero: a detector that loads, runs and finds no face. */
export async function writeBlankDetector(dir: string): Promise<void> {
  for (const [name, layers] of Object.entries(NETS)) await writeFile(join(dir, `${name}.npy`), npy(layers));
}

/** An array of one object, the dictionary of layers, as NumPy stores it. */
function npy(layers: Arrays): Buffer {
  const header = `${"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(117)}\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}`, "latin1");
  const dictionary = dict(layers, (arrays) => dict(arrays, zeros));
  const state = tuple(int(1), tuple(int(1)), dtype("O8", "|"), FALSE, list(dictionary));
  return Buffer.concat([start, Buffer.from(header), PROTOCOL, emptyArray(), state, BUILD, STOP]);
}

// Opcodes of pickle, protocol 3.
const PROTOCOL = Buffer.from([0x80, 3]);
const FALSE = Buffer.from([0x89]);
const BUILD = Buffer.from("b");
const STOP = Buffer.from(".");

function int(value: number): Buffer {
  const bytes = Buffer.from("J\0\0\0\0");
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function sized(opcode: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(opcode), length, content]);
}

const string = (value: string) => sized("X", Buffer.from(value));
const tuple = (...items: Buffer[]) => Buffer.concat([Buffer.from("("), ...items, Buffer.from("t")]);
const list = (item: Buffer) => Buffer.concat([Buffer.from("]"), item, Buffer.from("a")]);
const call = (name: string, ...args: Buffer[]) =>
  Buffer.concat([Buffer.from(`c${name}\n`), tuple(...args), Buffer.from("R")]);

function dict<T>(entries: Record<string, T>, encode: (value: T) => Buffer): Buffer {
  const items = Object.entries(entries).flatMap(([key, value]) => [string(key), encode(value)]);
  return Buffer.concat([Buffer.from("}("), ...items, Buffer.from("u")]);
}

const dtype = (code: string, order: string) =>
  Buffer.concat([call("numpy\ndtype", string(code)), tuple(int(3), string(order)), BUILD]);

const emptyArray = () => call("numpy.core.multiarray\n_reconstruct");

function zeros(shape: readonly number[]): Buffer {
  const content = sized("B", Buffer.alloc(4 * shape.reduce((product, size) => product * size, 1)));
  const state = tuple(int(1), tuple(...shape.map(int)), dtype("f4", "<"), FALSE, content);
  return Buffer.concat([emptyArray(), state, BUILD]);
}
