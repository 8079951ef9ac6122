import protobuf from "protobufjs/minimal.js";
import type { SummaryValue } from "./encode-event.ts";
import { bytes, fixed64, varint } from "./protobuf-tags.ts";

/** What TensorBoard's table of runs takes as the value of an option; others are given as JSON. */
type HparamValue = string | number | boolean;

const PLUGIN = "hparams";
const SUCCESS = 1;

/**
 * The summary by which TensorBoard's HParams dashboard takes a folder of events for a run with these options: tensorboard/plugins/hparams/plugin_data.proto,
 * `HParamsPluginData { SessionStartInfo session_start_info = 3 }`, `SessionStartInfo { map<string, Value> hparams = 1; double start_time_secs = 5 }`.
 *
 * @param options By their names; those that are `undefined` are left out.
 * @param seconds When the run began, in seconds since 1970.
 */
export function sessionStart(options: object, seconds: number): SummaryValue {
  const writer = protobuf.Writer.create().uint32(bytes(3)).fork();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const shown = ["string", "number", "boolean"].includes(typeof value) ? value : JSON.stringify(value);
    writer.uint32(bytes(1)).fork().uint32(bytes(1)).string(name).uint32(bytes(2)).fork();
    writeValue(writer, shown as HparamValue)
      .ldelim()
      .ldelim();
  }
  const content = writer.uint32(fixed64(5)).double(seconds).ldelim().finish();
  return { tag: "_hparams_/session_start_info", plugin: { name: PLUGIN, content } };
}

/**
 * The summary that says that the run has succeeded:
 * `HParamsPluginData { SessionEndInfo session_end_info = 4 }`, `SessionEndInfo { Status status = 1; double end_time_secs = 2 }`.
 */
export function sessionEnd(seconds: number): SummaryValue {
  const writer = protobuf.Writer.create().uint32(bytes(4)).fork();
  const content = writer
    .uint32(varint(1))
    .int32(SUCCESS)
    .uint32(fixed64(2))
    .double(seconds)
    .ldelim()
    .finish();
  return { tag: "_hparams_/session_end_info", plugin: { name: PLUGIN, content } };
}

/** `google.protobuf.Value { double number_value = 2; string string_value = 3; bool bool_value = 4 }` */
function writeValue(writer: protobuf.Writer, value: HparamValue): protobuf.Writer {
  if (typeof value === "number") return writer.uint32(fixed64(2)).double(value);
  if (typeof value === "string") return writer.uint32(bytes(3)).string(value);
  return writer.uint32(varint(4)).bool(value);
}
