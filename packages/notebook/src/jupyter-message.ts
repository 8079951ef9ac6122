import { createHmac, randomUUID } from "node:crypto";

/** A message of Jupyter's protocol (https://jupyter-client.readthedocs.io/en/stable/messaging.html). */
export interface JupyterMessage {
  readonly type: string;
  readonly id: string;
  /** The request that it answers. */
  readonly parent?: string;
  // biome-ignore lint/suspicious/noExplicitAny: differs by type, and comes from the kernel
  readonly content: any;
}

const DELIMITER = Buffer.from("<IDS|MSG>");

/** Turns messages into frames and back, signed with the key of the connection. */
export class JupyterWire {
  readonly #key: string;
  readonly #session = randomUUID();

  constructor(key: string) {
    this.#key = key;
  }

  /** The frames of a request, and its id. */
  encode(type: string, content: object): { id: string; frames: Buffer[] } {
    const id = randomUUID();
    const header = {
      ...{ msg_id: id, session: this.#session, username: "", date: new Date().toISOString() },
      ...{ msg_type: type, version: "5.3" },
    };
    const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    return { id, frames: [DELIMITER, Buffer.from(this.#sign(parts)), ...parts] };
  }

  /** @throws {Error} For frames that the kernel did not sign. */
  decode(frames: readonly Buffer[]): JupyterMessage {
    const at = frames.findIndex((part) => part.equals(DELIMITER));
    const parts = frames.slice(at + 2, at + 6);
    if (at < 0 || parts.length < 4 || String(frames[at + 1]) !== this.#sign(parts)) {
      throw new Error("Cannot read a kernel's message: expected one signed with the connection's key");
    }
    const [header, parent, , content] = parts.map((part) => JSON.parse(String(part)));
    return { type: header.msg_type, id: header.msg_id, parent: parent.msg_id, content };
  }

  #sign(parts: readonly Buffer[]): string {
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}
