import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { PlimsollError } from "../../../quantity/index.ts";

/** Largest file, after decompression. */
export const maxFileBytes: number = 512 * 1_048_576;

const unzip = promisify(gunzip);

/** A text file's name, as notes and errors call it, and its text. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads a UTF-8 text file, decompressing `.gz`.
 *
 * @throws {PlimsollError} `PLM_FILE` if it cannot be read, `PLM_LIMIT` past {@link maxFileBytes}.
 */
export async function readTextFile(path: string): Promise<TextFile> {
  const name = basename(path);
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) throw tooLarge(path);
    const bytes = await readFile(path);
    const plain = path.endsWith(".gz") ? await unzip(bytes, { maxOutputLength: maxFileBytes }) : bytes;
    return { name, text: new TextDecoder("utf-8", { fatal: true }).decode(plain) };
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(path);
    throw new PlimsollError("PLM_FILE", {
      field: "file",
      value: path,
      limit: "a readable UTF-8 table, plain or gzip'd",
      remedy: `Check path, permission and content; the system says ${code}.`,
    });
  }
}

const tooLarge = (path: string): PlimsollError =>
  new PlimsollError("PLM_LIMIT", {
    field: "file",
    value: path,
    limit: `at most ${maxFileBytes / 1_048_576} MiB of text`,
    remedy: "Split the file by time.",
  });
