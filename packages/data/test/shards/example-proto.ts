import protobuf from "protobufjs";

/** The messages of TensorFlow's example.proto and feature.proto, by their published field numbers. */
const PROTO = `
syntax = "proto3";
message BytesList { repeated bytes value = 1; }
message FloatList { repeated float value = 1 [packed = true]; }
message Int64List { repeated int64 value = 1 [packed = true]; }
message Feature {
  oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; }
}
message Features { map<string, Feature> feature = 1; }
message Example { Features features = 1; }
`;

/** \`tf.train.Example\` for an independent reader and writer. */
export const exampleType = protobuf.parse(PROTO).root.lookupType("Example");
