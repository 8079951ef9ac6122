/**
 * The TypeScript kernel as Jupyter starts it: `node jupyter-kernel.js CONNECTION_FILE`. tslab over its sockets, with
 * the errors and interruptions of `createKernel`, and errors sent as such: tslab prints them, so that `nbconvert` would
 * lose them.
 */
import { createRequire } from "node:module";
import { ZmqServer } from "tslab/dist/jupyter.js";
import { type CellError, createKernel } from "./create-kernel.ts";

type Message = Parameters<ZmqServer["handleKernelInfo"]>[1];
type Display = Parameters<ZmqServer["handler"]["handleExecute"]>[2];
/** tslab's module, which holds the running cell's way to show things. */
const jupyter: { lastWriteDisplayData: Display | null } = createRequire(import.meta.url)(
  "tslab/dist/jupyter.js",
);
/** Ways to publish the errors of the cells whose requests came, by their ways to show things. */
const errorsOf = new WeakMap<Display, (error: CellError) => void>();

class Server extends ZmqServer {
  override async handleExecute(socket: never, message: Message): Promise<void> {
    const publish = (type: string, content: object) => this.#send(message, type, content, this.iopub);
    const display: Display = (data, update) => publish(update ? "update_display_data" : "display_data", data);
    let failure: { ename: string; evalue: string; traceback: string[] } | undefined;
    errorsOf.set(display, ({ ename, evalue, traceback }) => {
      failure = { ename, evalue, traceback: traceback.split("\n") };
      publish("error", failure);
    });
    const stream = (name: string, text: string) => publish("stream", { name, text });
    const reply = await this.handler.handleExecute(message.content as never, stream, display);
    // Jupyter's word for the cells behind one that failed.
    const status = reply.status === "abort" ? "aborted" : reply.status;
    this.#send(message, "execute_reply", { ...reply, ...failure, status }, socket);
  }

  #send(message: Message, type: string, content: object, socket: unknown): void {
    const reply = message.createReply();
    reply.header.msg_type = type;
    reply.content = content;
    reply.signAndSend(this.connInfo.key, socket);
  }
}

const { handler, fail, interrupt } = createKernel((error) => {
  const publish = jupyter.lastWriteDisplayData && errorsOf.get(jupyter.lastWriteDisplayData);
  if (publish) publish(error);
  else console.error(error.traceback);
});
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("SIGINT", interrupt);
new Server(handler, process.argv[2]).init();
