/**
 * The TypeScript kernel as Jupyter starts it: `node jupyter-kernel.js CONNECTION_FILE`. tslab over its sockets, with
 * the errors and interruptions of `createKernel`, and what tslab leaves out of the protocol: errors sent as such (it
 * prints them, so that `nbconvert` would lose them), cells' numbers while they run, the compiler's version, and answers
 * to requests that it does not know and would print below a cell.
 */
import { createRequire } from "node:module";
import { ZmqServer } from "tslab/dist/jupyter.js";
import { createKernel } from "./create-kernel.ts";

type Message = Parameters<ZmqServer["handleKernelInfo"]>[1];
type Display = Parameters<ZmqServer["handler"]["handleExecute"]>[2];
/** The class of messages, which tslab does not export. */
type Messages = { fromRaw(key: string, frames: readonly Buffer[]): Message };
type Publish = (type: string, content: object) => void;

const require = createRequire(import.meta.url);
/** tslab's module, which holds the running cell's way to show things. */
const jupyter: { lastWriteDisplayData: Display | null } = require("tslab/dist/jupyter.js");
const typescript: { version: string } = createRequire(require.resolve("tslab"))(
  "@tslab/typescript-for-tslab",
);
/** How to publish for the cells whose requests came, by their ways to show things. */
const publishing = new WeakMap<Display, Publish>();
const publisher = () => jupyter.lastWriteDisplayData && publishing.get(jupyter.lastWriteDisplayData);

/** Behind a message's addresses; signature and header follow. */
const DELIMITER = Buffer.from("<IDS|MSG>");

class Server extends ZmqServer {
  #messages: Messages | undefined;

  override async handleShellMessage(socket: never, ...frames: Buffer[]): Promise<void> {
    const header = frames[frames.findIndex((frame) => frame.equals(DELIMITER)) + 2];
    const asks = JSON.parse(String(header)).msg_type === "history_request";
    if (!asks || !this.#messages) return super.handleShellMessage(socket, ...frames);
    const message = this.#messages.fromRaw(this.connInfo.key, frames);
    this.publishStatus("busy", message);
    this.#send(message, "history_reply", { status: "ok", history: [] }, socket);
    this.publishStatus("idle", message);
  }

  override handleKernelInfo(socket: never, message: Message): void {
    this.#messages = message.constructor as unknown as Messages;
    const info = this.handler.handleKernel();
    const language_info = { ...info.language_info, version: typescript.version };
    this.#send(message, "kernel_info_reply", { status: "ok", ...info, language_info }, socket);
  }

  override async handleExecute(socket: never, message: Message): Promise<void> {
    let failure: object | undefined;
    const publish: Publish = (type, content) => {
      if (type === "error") failure = content;
      this.#send(message, type, content, this.iopub);
    };
    const display: Display = (data, update) => publish(update ? "update_display_data" : "display_data", data);
    publishing.set(display, publish);
    const stream = (name: string, text: string) => publish("stream", { name, text });
    const reply = await this.handler.handleExecute(message.content as never, stream, display);
    // Jupyter's word for the cells behind one that failed.
    const status = reply.status === "abort" ? "aborted" : reply.status;
    this.#send(message, "execute_reply", { ...reply, ...failure, status }, socket);
  }

  override handleCommInfoRequest(socket: never, message: Message): void {
    this.#send(message, "comm_info_reply", { status: "ok", comms: {} }, socket);
  }

  #send(message: Message, type: string, content: object, socket: unknown): void {
    const reply = message.createReply();
    reply.header.msg_type = type;
    reply.content = content;
    reply.signAndSend(this.connInfo.key, socket);
  }
}

const { handler, fail, interrupt } = createKernel(
  ({ ename, evalue, traceback }) => {
    const publish = publisher();
    if (publish) publish("error", { ename, evalue, traceback: traceback.split("\n") });
    else console.error(traceback);
  },
  (code, execution_count) => publisher()?.("execute_input", { code, execution_count }),
);
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("SIGINT", interrupt);
new Server(handler, process.argv[2]).init();
