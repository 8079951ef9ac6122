import { identityFolder } from "../folder/identity-folder.ts";
import type { PhotoSource } from "../source/photo-source.ts";
import { recordIoFile, recordIoSource } from "./recordio-source.ts";
import { isShardFolder, type ShardSourceOptions, shardSource } from "./shard-source.ts";

export type OpenSourceOptions = Pick<ShardSourceOptions, "skipCorrupt" | "onSkip">;

/**
 * Opens a folder of shards, of MXNet's records or of identities, whichever it is; see `shardSource`, `recordIoSource` and
 * `identityFolder`.
 */
export async function openSource(dir: string, options: OpenSourceOptions = {}): Promise<PhotoSource> {
  const records = (await isShardFolder(dir)) ? await recordIoFile(dir) : undefined;
  if (records !== undefined) return await recordIoSource(records, options);
  return (await isShardFolder(dir)) ? await shardSource(dir, options) : await identityFolder(dir);
}
