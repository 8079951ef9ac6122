import { identityFolder } from "../folder/identity-folder.ts";
import type { PhotoSource } from "../source/photo-source.ts";
import { isShardFolder, type ShardSourceOptions, shardSource } from "./shard-source.ts";

export type OpenSourceOptions = Pick<ShardSourceOptions, "skipCorrupt" | "onSkip">;

/** Opens a folder of shards or of identities, whichever it is; see `shardSource` and `identityFolder`. */
export async function openSource(dir: string, options: OpenSourceOptions = {}): Promise<PhotoSource> {
  return (await isShardFolder(dir)) ? await shardSource(dir, options) : await identityFolder(dir);
}
