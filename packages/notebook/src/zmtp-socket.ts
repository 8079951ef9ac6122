import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Flags of a frame. */
const MORE = 1;
const LONG = 2;
const COMMAND = 4;

/**
 * The client's end of one ZeroMQ connection (ZMTP 3.0 over TCP, https://rfc.zeromq.org/spec/23, without security).
 * Jupyter's kernels speak it; the native library for it does not run under Bun.
 */
export class ZmtpSocket {
  readonly #socket: Socket;
  readonly #onMessage: (frames: Buffer[]) => void;
  #buffered = Buffer.alloc(0);
  #greeted = false;
  #frames: Buffer[] = [];

  private constructor(socket: Socket, onMessage: (frames: Buffer[]) => void) {
    this.#socket = socket;
    this.#onMessage = onMessage;
    socket.on("data", (data) => this.#take(data));
  }

  /**
   * Connects, and tries again until somebody listens on the port or `signal` aborts.
   *
   * @param type `SUB` subscribes to everything.
   * @param onMessage Gets the frames of each message.
   */
  static async connect(
    type: "DEALER" | "SUB",
    port: number,
    onMessage: (frames: Buffer[]) => void,
    signal: AbortSignal,
  ): Promise<ZmtpSocket> {
    for (;;) {
      signal.throwIfAborted();
      const socket = connect(port, "127.0.0.1");
      const connected = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true));
        socket.on("error", () => resolve(false));
      });
      if (connected) {
        const made = new ZmtpSocket(socket, onMessage);
        socket.write(Buffer.concat([greeting(), frame(COMMAND, ready(type))]));
        if (type === "SUB") made.send([Buffer.of(1)]);
        return made;
      }
      await sleep(20);
    }
  }

  /** Sends one message. */
  send(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    this.#socket.write(Buffer.concat(frames.map((body, i) => frame(i < last ? MORE : 0, body))));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(data: Uint8Array): void {
    this.#buffered = Buffer.concat([this.#buffered, data]);
    if (!this.#greeted) {
      if (this.#buffered.length < 64) return;
      this.#greeted = true;
      this.#buffered = this.#buffered.subarray(64);
    }
    for (let next = parse(this.#buffered); next; next = parse(this.#buffered)) {
      this.#buffered = this.#buffered.subarray(next.end);
      // The only command without security is READY.
      if (next.flags & COMMAND) continue;
      this.#frames.push(next.body);
      if (next.flags & MORE) continue;
      const message = this.#frames;
      this.#frames = [];
      this.#onMessage(message);
    }
  }
}

/** Signature, version 3.0, mechanism NULL, client. */
function greeting(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.write("NULL", 12);
  return bytes;
}

function ready(type: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([Buffer.from("\x05READY\x0bSocket-Type"), length, Buffer.from(type)]);
}

function frame(flags: number, body: Uint8Array): Buffer {
  if (body.length < 256) return Buffer.concat([Buffer.of(flags, body.length), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | LONG;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}

/** The frame at the start of `bytes`, if all of it has come. */
function parse(bytes: Buffer): { flags: number; body: Buffer; end: number } | undefined {
  const start = bytes.length > 0 && bytes[0] & LONG ? 9 : 2;
  if (bytes.length < start) return undefined;
  const end = start + (start === 9 ? Number(bytes.readBigUInt64BE(1)) : bytes[1]);
  return bytes.length < end ? undefined : { flags: bytes[0], body: bytes.subarray(start, end), end };
}
