import { optionTexts, path, whole } from "../../option/option.ts";

/** Which photos a run learns from, and the net that it starts with. */
export const dataOptions = {
  /** Folder of identities, `dataDir/identity/photo.jpg`, the photos aligned; or of shards. */
  dataDir: path().register(optionTexts, {
    value: "DIR",
    help: "identity folders of aligned crops, shards of them, or MXNet's records (train.rec)",
  }),
  /** A list of photos and identities to leave out, as `writeExclusions` of `@amface/data` writes it. */
  excludeFile: path().optional().register(optionTexts, {
    value: "FILE",
    help: "photos and identities to leave out, as amface filter and overlap write them",
  }),
  /** Leave out identities of fewer photos; 0 leaves out none. */
  filterMinNrofImagesPerClass: whole().default(0).register(optionTexts, {
    value: "N",
    help: "leave out identities of fewer photos, after --exclude-file",
  }),
  /** A saved model or the folder of a finished run, whose net the run starts from, with a new head. */
  pretrainedModel: path().optional().register(optionTexts, {
    value: "MODEL",
    help: "saved model or finished run to start from, with a new head",
  }),
};
