import protobuf from "protobufjs/minimal.js";
import type { Histogram } from "./histogram.ts";
import { bytes, fixed32, fixed64, varint } from "./protobuf-tags.ts";

/** A picture as TensorBoard stores it. */
export interface SummaryImage {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What a plugin of TensorBoard keeps of a run. */
export interface PluginData {
  readonly name: string;
  /** The plugin's own message. */
  readonly content: Uint8Array;
}

/** One value under a name; `loss/total` and `loss/entropy` are shown in one group. */
export type SummaryValue = { readonly tag: string } & (
  | { readonly scalar: number }
  | { readonly histogram: Histogram }
  | { readonly image: SummaryImage }
  | { readonly plugin: PluginData }
);

/** What an event says besides its time and step. */
export type EventContent =
  | { readonly fileVersion: string }
  | { readonly summary: readonly SummaryValue[] }
  /** The run starts at this step: whatever earlier files hold of it and of later ones is void. */
  | { readonly session: "start" };

export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly content: EventContent;
}

const RGB = 3;
const SESSION_START = 1;
const FLOAT = 1;

/**
 * Encodes a `tensorflow.Event` (tensorflow/core/util/event.proto, framework/summary.proto):
 * `Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7 }`.
 */
export function encodeEvent({ wallTime, step, content }: Event): Uint8Array {
  const event = protobuf.Writer.create();
  event.uint32(fixed64(1)).double(wallTime).uint32(varint(2)).int64(step);
  if ("fileVersion" in content) event.uint32(bytes(3)).string(content.fileVersion);
  else if ("session" in content)
    event.uint32(bytes(7)).fork().uint32(varint(1)).int32(SESSION_START).ldelim();
  else {
    event.uint32(bytes(5)).fork();
    for (const value of content.summary) writeValue(event.uint32(bytes(1)).fork(), value).ldelim();
    event.ldelim();
  }
  return event.finish();
}

/**
 * `Value { string tag = 1; float simple_value = 2; Image image = 4; HistogramProto histo = 5; TensorProto tensor = 8;
 * SummaryMetadata metadata = 9 }`
 */
function writeValue(writer: protobuf.Writer, value: SummaryValue): protobuf.Writer {
  writer.uint32(bytes(1)).string(value.tag);
  if ("scalar" in value) return writer.uint32(fixed32(2)).float(value.scalar);
  if ("image" in value) return writeImage(writer.uint32(bytes(4)).fork(), value.image).ldelim();
  if ("plugin" in value) return writePlugin(writer, value.plugin);
  return writeHistogram(writer.uint32(bytes(5)).fork(), value.histogram).ldelim();
}

/**
 * A plugin's message stands in the metadata, and a tensor of one 0 for a value:
 * `TensorProto { DataType dtype = 1; TensorShapeProto tensor_shape = 2; repeated float float_val = 5 }`,
 * `SummaryMetadata { PluginData plugin_data = 1 }`, `PluginData { string plugin_name = 1; bytes content = 2 }`.
 */
function writePlugin(writer: protobuf.Writer, { name, content }: PluginData): protobuf.Writer {
  writer.uint32(bytes(8)).fork().uint32(varint(1)).int32(FLOAT);
  writer.uint32(bytes(2)).fork().uint32(bytes(2)).fork().uint32(varint(1)).int64(1).ldelim().ldelim();
  writer.uint32(bytes(5)).fork().float(0).ldelim().ldelim();
  writer.uint32(bytes(9)).fork().uint32(bytes(1)).fork();
  return writer.uint32(bytes(1)).string(name).uint32(bytes(2)).bytes(content).ldelim().ldelim();
}

/** `Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4 }` */
function writeImage(writer: protobuf.Writer, { png, width, height }: SummaryImage): protobuf.Writer {
  writer.uint32(varint(1)).int32(height).uint32(varint(2)).int32(width);
  return writer.uint32(varint(3)).int32(RGB).uint32(bytes(4)).bytes(png);
}

/** `HistogramProto { double min = 1; max = 2; num = 3; sum = 4; sum_squares = 5; repeated bucket_limit = 6; bucket = 7 }` */
function writeHistogram(writer: protobuf.Writer, histogram: Histogram): protobuf.Writer {
  const { min, max, num, sum, sumSquares, limits, counts } = histogram;
  for (const [i, value] of [min, max, num, sum, sumSquares].entries()) {
    writer.uint32(fixed64(i + 1)).double(value);
  }
  for (const [i, values] of [limits, counts].entries()) {
    writer.uint32(bytes(i + 6)).fork(); // packed
    for (const value of values) writer.double(value);
    writer.ldelim();
  }
  return writer;
}
