"""Reads TensorBoard event files with google.protobuf and prints what they hold as JSON.

Shares no code with what wrote them: the TFRecord frames and their CRC-32C are read here, and the messages are
described anew after tensorflow/core/util/event.proto and framework/summary.proto. Files are read in the order of
their names, a cut-off record ends a file, and a session's start, but for the first, voids the later steps of earlier files, as in
TensorBoard.
"""
import hashlib, json, os, struct, sys
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DOUBLE, FLOAT, INT64, INT32, BOOL, STRING, BYTES, MESSAGE, ENUM = 1, 2, 3, 5, 8, 9, 12, 11, 14


def build():
    file = descriptor_pb2.FileDescriptorProto(name="events.proto", package="t", syntax="proto3")

    def message(name, *fields):
        it = file.message_type.add(name=name)
        for number, field, kind, *rest in fields:
            it.field.add(name=field, number=number, type=kind, label=3 if "many" in rest else 1,
                         type_name=next((r for r in rest if r.startswith(".")), None))

    message("Image", (1, "height", INT32), (2, "width", INT32), (3, "colorspace", INT32), (4, "encoded", BYTES))
    message("Histogram", (1, "min", DOUBLE), (2, "max", DOUBLE), (3, "num", DOUBLE), (4, "sum", DOUBLE),
            (5, "sum_squares", DOUBLE), (6, "bucket_limit", DOUBLE, "many"), (7, "bucket", DOUBLE, "many"))
    message("Dim", (1, "size", INT64))
    message("Shape", (2, "dim", MESSAGE, ".t.Dim", "many"))
    message("Tensor", (1, "dtype", INT32), (2, "tensor_shape", MESSAGE, ".t.Shape"), (5, "float_val", FLOAT, "many"))
    message("PluginData", (1, "plugin_name", STRING), (2, "content", BYTES))
    message("Metadata", (1, "plugin_data", MESSAGE, ".t.PluginData"))
    message("Value", (1, "tag", STRING), (2, "simple_value", FLOAT), (4, "image", MESSAGE, ".t.Image"),
            (5, "histo", MESSAGE, ".t.Histogram"), (8, "tensor", MESSAGE, ".t.Tensor"),
            (9, "metadata", MESSAGE, ".t.Metadata"))
    # proto3 keeps no presence of scalars outside of a oneof, and summaries have one
    value = file.message_type[-1]
    value.oneof_decl.add(name="value")
    for field in value.field[1:5]:
        field.oneof_index = 0
    message("Summary", (1, "value", MESSAGE, ".t.Value", "many"))
    message("SessionLog", (1, "status", INT32))
    message("Event", (1, "wall_time", DOUBLE), (2, "step", INT64), (3, "file_version", STRING),
            (5, "summary", MESSAGE, ".t.Summary"), (7, "session_log", MESSAGE, ".t.SessionLog"))
    message("HparamValue", (2, "number_value", DOUBLE), (3, "string_value", STRING), (4, "bool_value", BOOL))
    kinds = file.message_type[-1]
    kinds.oneof_decl.add(name="kind")
    for field in kinds.field:
        field.oneof_index = 0
    message("Entry", (1, "key", STRING), (2, "value", MESSAGE, ".t.HparamValue"))  # a map is a list of entries
    message("SessionStart", (1, "hparams", MESSAGE, ".t.Entry", "many"), (5, "start_time_secs", DOUBLE))
    message("SessionEnd", (1, "status", INT32), (2, "end_time_secs", DOUBLE))
    message("Hparams", (3, "session_start_info", MESSAGE, ".t.SessionStart"),
            (4, "session_end_info", MESSAGE, ".t.SessionEnd"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    types = [pool.FindMessageTypeByName(f"t.{name}") for name in ("Event", "Hparams")]
    if hasattr(message_factory, "GetMessageClass"):
        return [message_factory.GetMessageClass(kind) for kind in types]
    return [message_factory.MessageFactory(pool).GetPrototype(kind) for kind in types]  # before protobuf 4.22


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    with open(path, "rb") as file:
        while len(header := file.read(12)) == 12:
            length, check = struct.unpack("<QI", header)
            if masked(header[:8]) != check:
                raise SystemExit(f"{path}: wrong checksum of a length")
            body = file.read(length + 4)
            if len(body) < length + 4:
                return
            if masked(body[:length]) != struct.unpack("<I", body[length:])[0]:
                raise SystemExit(f"{path}: wrong checksum of a record")
            yield body[:length]


def content(value):
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return value.simple_value
    if kind == "image":
        image = value.image
        return {"height": image.height, "width": image.width, "colorspace": image.colorspace,
                "signature": image.encoded[:8].hex(), "size": list(struct.unpack(">II", image.encoded[16:24])),
                "sha256": hashlib.sha256(image.encoded).hexdigest()}
    if kind == "tensor":
        plugin, tensor = value.metadata.plugin_data, value.tensor
        return {"plugin": plugin.plugin_name, "dtype": tensor.dtype, "values": list(tensor.float_val),
                "shape": [dim.size for dim in tensor.tensor_shape.dim], **hparams(plugin.content)}
    histo = value.histo
    return {"min": histo.min, "max": histo.max, "num": histo.num, "sum": histo.sum, "sum_squares": histo.sum_squares,
            "limits": list(histo.bucket_limit), "counts": list(histo.bucket)}


def hparams(content):
    """What a message of the HParams plugin says (tensorboard/plugins/hparams/plugin_data.proto)."""
    data = Hparams.FromString(content)
    if data.HasField("session_end_info"):
        return {"status": data.session_end_info.status, "ended": data.session_end_info.end_time_secs}
    start = data.session_start_info
    options = {entry.key: getattr(entry.value, entry.value.WhichOneof("kind")) for entry in start.hparams}
    return {"options": options, "started": start.start_time_secs}


Event, Hparams = build()
versions, tags, started = [], {}, False
for name in sorted(n for n in os.listdir(sys.argv[1]) if "tfevents" in n):
    for position, data in enumerate(records(os.path.join(sys.argv[1], name))):
        event = Event.FromString(data)
        known = Event.FromString(data)
        known.DiscardUnknownFields()
        if known.ByteSize() != event.ByteSize():
            raise SystemExit(f"{name}: unknown fields in event {position}")
        if event.file_version:
            versions.append([position, event.file_version])
        if event.session_log.status == 1 and not started:
            started = True
        elif event.session_log.status == 1:
            for steps in tags.values():
                for step in [s for s in steps if s >= event.step]:
                    del steps[step]
        for value in event.summary.value:
            steps = tags.setdefault(value.tag, {})
            if event.step in steps:
                raise SystemExit(f"{name}: {value.tag} comes twice at step {event.step}")
            steps[event.step] = content(value)
print(json.dumps({"versions": versions, "tags": tags}))
