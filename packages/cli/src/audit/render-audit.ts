import type { Audit } from "./audit-folder.ts";

/** What of an audit goes to standard output: numbers, and where the rest is. */
export function summariseAudit(audit: Audit, files: AuditFiles) {
  const { counts, unreadable, blur, poses, duplicates, labels, overlap, leaveOut } = audit;
  const copies = duplicates.filter(({ keep }) => !keep);
  return {
    ...{ photos: counts.photos, identities: counts.identities, singletons: counts.singletons },
    ...{ unreadable: unreadable.length, unembedded: labels.unembedded.length },
    blurred: blur.blurred.length,
    ...(poses && { poses }),
    copies: copies.length,
    copiesUnderOtherNames: copies.filter(({ sameIdentity }) => !sameIdentity).length,
    ...{ wrongLabels: labels.wrongLabels.length, limit: labels.limit, incoherent: labels.incoherent.length },
    ...{ twoPeople: labels.twoPeople.length, twoNames: labels.twoNames.length },
    ...(overlap && {
      testNames: overlap.names.length,
      ...(overlap.people && { testPeople: overlap.people.length }),
      testCopies: overlap.copies.length,
    }),
    leaveOut: {
      costs: leaveOut.costs,
      photosLeft: leaveOut.photosLeft,
      identitiesLeft: leaveOut.identitiesLeft,
    },
    files,
  };
}

export interface AuditFiles {
  readonly report: string;
  readonly json: string;
  readonly exclude: string;
}

/** What is said of a test set without embeddings. */
export const FACES_NOT_COMPARED = "faces were not compared, as the test set's embeddings were not given";

/** The numbers, a line each. */
export function renderAudit(
  result: ReturnType<typeof summariseAudit> & { readonly seconds: number },
): string {
  const { photos, identities, leaveOut, files, seconds } = result;
  const lines: [number | undefined, string][] = [
    [result.unreadable, "photos cannot be read"],
    [result.unembedded, "photos have no embedding: their labels are not checked"],
    [result.blurred, "crops are blurred"],
    [result.wrongLabels, "photos look unlike their identity"],
    [result.incoherent, "identities of photos that are all unlike"],
    [result.twoPeople, "identities show two people"],
    [result.twoNames, "pairs of identities look like one person"],
    [
      result.copies,
      `photos are copies of others, ${result.copiesUnderOtherNames} of them under another name`,
    ],
    [result.testNames, "identities have the name of a test person"],
    [result.testPeople, "identities look like a test person"],
    [result.testCopies, "photos are copies of test photos"],
  ];
  const compared = result.testNames === undefined || result.testPeople !== undefined;
  return [
    `${photos} photos of ${identities} identities audited in ${seconds.toFixed(1)} s`,
    ...lines.flatMap(([count, what]) => (count ? [`  ${count} ${what}`] : [])),
    ...(compared ? [] : [`  ${FACES_NOT_COMPARED}`]),
    `Leaving out what was found leaves ${leaveOut.photosLeft} photos of ${leaveOut.identitiesLeft} identities`,
    ...Object.values(files).map((file) => `  ${file}`),
  ].join("\n");
}
