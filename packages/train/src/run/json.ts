/** A value as the files of a run hold it. */
export const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
