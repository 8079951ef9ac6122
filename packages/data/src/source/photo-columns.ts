/** One photo on disk and whose it is. */
export interface FaceFile {
  readonly path: string;
  /** The place of its identity in the source's `identities`. */
  readonly label: number;
}

/** Where a record lies, and what the index says of it. */
export interface RecordPlace {
  /** The shard. */
  readonly path: string;
  /** Its place in the shard, from 0. */
  readonly record: number;
  readonly offset: number;
  readonly length: number;
  readonly class: number;
}

/** A photo in a shard, and whose it is. */
export interface FaceRecordPlace extends RecordPlace {
  readonly label: number;
}

/** Where one photo is, and whose. A file may have another name than its path; a record's stands in the record. */
export type PhotoRef = (FaceFile & { readonly name?: string }) | FaceRecordPlace;

/** Where records are, a number of each for every photo. */
export interface RecordColumns {
  /** Their shards' places in `paths`. */
  readonly shard: Uint32Array;
  readonly record: Uint32Array;
  readonly offset: Float64Array;
  readonly length: Uint32Array;
  readonly class: Int32Array;
}

/** Where photos are. Columns: objects for each would fill the heap, and take longer to send to a worker than to read. */
export interface PhotoPlaces {
  /** Every photo's file; where there are `records`, their shards. */
  readonly paths: readonly string[];
  readonly records?: RecordColumns;
}

/** Where photos are, and whose. */
export interface PhotoColumns extends PhotoPlaces {
  readonly labels: Int32Array;
}

/** The place of one photo: a file's path, or a record's place. */
export function photoAt({ paths, records }: PhotoPlaces, i: number): string | RecordPlace {
  if (records === undefined) return paths[i];
  const { shard, record, offset, length } = records;
  return {
    path: paths[shard[i]],
    record: record[i],
    offset: offset[i],
    length: length[i],
    class: records.class[i],
  };
}

/** What messages call a photo. */
export function photoName(place: string | RecordPlace): string {
  return typeof place === "string" ? place : `record ${place.record} of ${place.path}`;
}

export function fileColumns(files: readonly FaceFile[]): PhotoColumns {
  return {
    labels: Int32Array.from(files, ({ label }) => label),
    paths: files.map(({ path }) => path),
  };
}

export function recordColumns(places: readonly FaceRecordPlace[]): PhotoColumns {
  const columns = emptyRecords(places.length);
  for (const [i, place] of places.entries()) {
    const known = columns.paths.indexOf(place.path);
    setRecord(columns, i, known < 0 ? columns.paths.push(place.path) - 1 : known, place);
  }
  return columns;
}

/** @param photos All files, or all records. */
export function photoColumns(photos: readonly PhotoRef[]): PhotoColumns {
  const records = photos.filter((photo) => "offset" in photo);
  return records.length > 0 ? recordColumns(records) : fileColumns(photos);
}

/** The reverse of `photoColumns`. */
export function photoRefs(columns: PhotoColumns): PhotoRef[] {
  return Array.from(columns.labels, (label, i) => {
    const place = photoAt(columns, i);
    return typeof place === "string" ? { path: place, label } : { ...place, label };
  });
}

/** Room for so many records, of shards that are yet to be named. */
export function emptyRecords(size: number): PhotoColumns & { paths: string[]; records: RecordColumns } {
  return {
    labels: new Int32Array(size),
    paths: [],
    records: {
      shard: new Uint32Array(size),
      record: new Uint32Array(size),
      offset: new Float64Array(size),
      length: new Uint32Array(size),
      class: new Int32Array(size),
    },
  };
}

/** Sets record `i` of columns; `shard` is its shard's place in their paths. */
export function setRecord(
  { labels, records }: ReturnType<typeof emptyRecords>,
  i: number,
  shard: number,
  place: Omit<RecordPlace, "path"> & { readonly label: number },
): void {
  labels[i] = place.label;
  records.shard[i] = shard;
  records.record[i] = place.record;
  records.offset[i] = place.offset;
  records.length[i] = place.length;
  records.class[i] = place.class;
}

/** Copies records `from` to `to - 1` of columns behind the `filled` first of others. */
export function copyRecords(
  source: ReturnType<typeof emptyRecords>,
  [from, to]: readonly [number, number],
  target: ReturnType<typeof emptyRecords>,
  filled: number,
): void {
  const known = target.paths.length;
  target.paths.push(...source.paths);
  target.labels.set(source.labels.subarray(from, to), filled);
  for (const name of ["shard", "record", "offset", "length", "class"] as const) {
    target.records[name].set(source.records[name].subarray(from, to), filled);
  }
  for (let i = filled; i < filled + to - from; i++) target.records.shard[i] += known;
}
