/** Oldest Node that runs the built package. */
export const oldestNodeMajor: number = 24;

/** Undefined when this Node will do, else what to tell the person. */
export function nodeVersionProblem(version: string): string | undefined {
  const major = Number(version.split(".")[0]);
  return major >= oldestNodeMajor
    ? undefined
    : `plimsoll needs Node ${oldestNodeMajor} or newer; this is ${version}. Install a newer Node and run it again.`;
}
