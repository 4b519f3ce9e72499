/**
 * Writes out the register-unrolled form of a kernel source. AssemblyScript neither unrolls loops nor has arrays of
 * registers, so the lines between `//@repeat FROM TO` and `//@end` are written once for each k in FROM ≤ k < TO, with `$k`
 * replaced by k. The unexpanded file is itself valid TypeScript syntax.
 *
 * @param {string} source
 * @returns {string}
 */
export function expand(source) {
  const expanded = source.replaceAll(
    /^[ \t]*\/\/@repeat (\d+) (\d+)\n([\s\S]*?)^[ \t]*\/\/@end\n/gm,
    (_, from, to, body) =>
      Array.from({ length: to - from }, (_, i) => body.replaceAll("$k", String(Number(from) + i))).join(""),
  );
  if (/^[ \t]*\/\/@|^[^/]*\$k/m.test(expanded))
    throw new Error("unbalanced //@repeat … //@end, or $k outside");
  return expanded;
}
