import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PlimsollError } from "../../quantity/index.ts";
import { type CsvRow, readCsv } from "../../market/readers/csv.ts";

/** A file that a run rests on, for its report. */
export interface DataFile {
  /** Below its folder, with `/` between its parts. */
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal, of the bytes as stored. */
  readonly sha256: string;
}

/** Names a file's bytes. */
export const fileOf = (name: string, bytes: Uint8Array): DataFile => ({
  name,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

/** Largest table after decompression. */
const limitBytes = 512 * 1024 * 1024;

/** Tables of one or several folders in the same formats. */
export class DataFolders {
  readonly #folders: readonly string[];

  /** @throws {PlimsollError} `PLM_FILE` for a folder that does not exist. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
    for (const folder of folders) {
      if (existsSync(folder) && statSync(folder).isDirectory()) continue;
      throw new PlimsollError("PLM_FILE", {
        field: "--data",
        value: folder,
        limit: "a folder that exists",
        remedy: "docs/laboratory.md lists the tables that it may hold.",
      });
    }
  }

  /** `.csv` and `.csv.gz` tables whose name, or whose subfolder's name, starts with `prefix`, in order of name. */
  tables(prefix: string): readonly { readonly name: string; readonly path: string; readonly stem: string }[] {
    const isTable = (name: string): boolean => /\.csv(?:\.gz)?$/.test(name);
    const stemOf = (name: string): string => name.replace(/\.csv(?:\.gz)?$/, "");
    const found = this.#folders.flatMap((folder, index) => {
      const label = this.#folders.length > 1 ? `${index + 1}:` : "";
      return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        if (!entry.name.startsWith(prefix)) return [];
        if (entry.isFile() && isTable(entry.name)) {
          return [
            { name: `${label}${entry.name}`, path: join(folder, entry.name), stem: stemOf(entry.name) },
          ];
        }
        if (!entry.isDirectory()) return [];
        return readdirSync(join(folder, entry.name))
          .filter(isTable)
          .map((file) => ({
            name: `${label}${entry.name}/${file}`,
            path: join(folder, entry.name, file),
            stem: stemOf(file),
          }));
      });
    });
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Every table of the folders, read or not, with its hash; in order of name. */
  hashed(): readonly DataFile[] {
    return this.tables("").map(({ name, path }) => fileOf(name, readFileSync(path)));
  }

  /** Rows of one table. @throws {PlimsollError} for a damaged file or a row that does not fit. */
  *rows(
    table: { readonly name: string; readonly path: string },
    required: readonly string[],
  ): Generator<CsvRow> {
    yield* readCsv(this.text(table), { name: table.name, required }).rows;
  }

  /** One table as text. @throws {PlimsollError} for a damaged file. */
  text(table: { readonly name: string; readonly path: string }): string {
    const stored = readFileSync(table.path);
    let bytes: Buffer = stored;
    if (table.path.endsWith(".gz")) {
      try {
        bytes = gunzipSync(stored, { maxOutputLength: limitBytes });
      } catch (cause) {
        throw new PlimsollError("PLM_FILE", {
          field: "--data",
          value: table.path,
          limit: `gzip data of at most ${limitBytes / 1_048_576} MiB of text`,
          remedy: `Fetch the file again. The system says: ${cause instanceof Error ? cause.message : String(cause)}.`,
        });
      }
    }
    return bytes.toString("utf8");
  }
}
