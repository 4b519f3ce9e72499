import { PlimsollError } from "../../quantity/index.ts";
import { baseName } from "./recognise.ts";

/** Reads a document; a mistake in it names the file that it is in. Of several files, the readers name the one. */
export function namingFile<T>(files: readonly string[], read: (name: string) => T): T {
  const name = baseName(files[0] ?? "");
  try {
    return read(name);
  } catch (error) {
    if (!(error instanceof PlimsollError) || files.length !== 1 || error.field.startsWith(name)) throw error;
    const { code, field, value, limit, remedy } = error;
    throw new PlimsollError(code, { field: `${name}: ${field}`, value, limit, remedy });
  }
}
