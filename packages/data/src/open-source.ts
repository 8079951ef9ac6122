import type { FaceSource } from "./face-source.ts";
import { identityFolder } from "./identity-folder.ts";
import {
  isShardFolder,
  type ShardSource,
  type ShardSourceOptions,
  shardSource,
} from "./shards/shard-source.ts";

export type OpenSourceOptions = Pick<ShardSourceOptions, "skipCorrupt" | "onSkip">;

/** Opens a folder of shards or of identities, whichever it is; see `shardSource` and `identityFolder`. */
export async function openSource(
  dir: string,
  options: OpenSourceOptions = {},
): Promise<FaceSource | ShardSource> {
  return (await isShardFolder(dir)) ? await shardSource(dir, options) : await identityFolder(dir);
}
