/** What stands before a field in a protobuf message: its number and wire type. */
export const varint = (field: number) => field << 3;
export const fixed64 = (field: number) => (field << 3) | 1;
export const bytes = (field: number) => (field << 3) | 2;
export const fixed32 = (field: number) => (field << 3) | 5;
