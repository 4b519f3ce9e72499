import { createReadStream, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { PlimsollError } from "../../quantity/index.ts";

/** Largest text that a command reads, after decompression. */
export const fileLimitBytes: number = 64 * 1024 * 1024;

/** The name that stands for standard input. */
const standardInput = "-";

/** A file problem as a typed error that says what to do about it. */
function fileError(path: string, cause: unknown): PlimsollError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reasons: Record<string, [string, string]> = {
    ENOENT: ["the path of an existing file", "Check the path; it is resolved from the current folder."],
    EISDIR: ["a file, not a folder", "Name a file inside it."],
    EACCES: ["readable", "Grant read permission to the current user."],
    EPERM: ["readable", "Grant read permission to the current user."],
    ERR_ENCODING_INVALID_ENCODED_DATA: ["UTF-8 text", "Save the file as UTF-8."],
  };
  const [limit, remedy] = reasons[code] ?? [
    "readable",
    code.startsWith("Z_")
      ? "The gzip data is damaged: fetch the file again."
      : `The system says ${code || String(cause)}.`,
  ];
  return new PlimsollError("PLM_FILE", { field: "file", value: path, limit, remedy });
}

/**
 * Reads a UTF-8 text file, decompressing `.gz`; `-` is standard input. Bounded before and while reading, so that neither a huge file nor a
 * small archive of a huge file fills memory.
 *
 * @throws {PlimsollError} `PLM_FILE` if it cannot be read, `PLM_LIMIT` past {@link fileLimitBytes}.
 */
export async function readText(path: string, limitBytes: number = fileLimitBytes): Promise<string> {
  const tooLarge = (): PlimsollError =>
    new PlimsollError("PLM_LIMIT", {
      field: "file",
      value: path,
      limit: `at most ${limitBytes / 1_048_576} MiB of text`,
      remedy: "Split the file, or select the part that is needed.",
    });
  try {
    const compressed = path.endsWith(".gz");
    const stat = path === standardInput ? undefined : statSync(path);
    if (stat?.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    if (!compressed && stat && stat.size > limitBytes) throw tooLarge();
    const file = stat ? createReadStream(path) : process.stdin;
    const gunzip = createGunzip();
    const source = compressed ? file.on("error", (error: Error) => gunzip.destroy(error)).pipe(gunzip) : file;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limitBytes) {
        file.destroy();
        throw tooLarge();
      }
      chunks.push(chunk);
    }
    // Fatal: a name must not silently turn into replacement characters. A byte-order mark is taken off.
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw cause instanceof PlimsollError ? cause : fileError(path, cause);
  }
}
