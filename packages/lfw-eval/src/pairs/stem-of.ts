/** A photo's name without its ending. */
export const stemOf = (name: string): string => name.replace(/\.[^./]+$/, "");
