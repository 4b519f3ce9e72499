import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";
import { PlimsollError } from "../../quantity/index.ts";
import { type DataFile } from "./data-files.ts";
import { observationAt, Observations, type StudiedBook, type StudiedModel } from "./observations.ts";
import { type CrashFund } from "./crash-fund.ts";
import { type RequirementPath } from "./requirement-paths.ts";
import { type LaboratoryRun } from "./run.ts";
import { type ShortfallTerms } from "./shortfall-tests.ts";

const schema = "plimsoll/laboratory-observations@2";

/** What a run was made with. */
export interface RunAbout {
  /** As it was called, without paths of the machine. */
  readonly command: string;
  readonly seed: number;
  readonly parameters: DataFile;
  readonly shortfall: ShortfallTerms;
}

/** What a run made of crashes, beside its windows. */
export interface Crashes {
  readonly paths: readonly RequirementPath[];
  readonly funds: readonly CrashFund[];
}

/** A run that knows what it was made with. */
export interface SavedRun extends LaboratoryRun {
  readonly about: RunAbout;
  readonly crashes: Crashes;
}

/** First line of a file of observations; the columns follow, each compressed on its own, little-endian. */
interface Head {
  readonly schema: string;
  readonly count: number;
  readonly books: readonly StudiedBook[];
  readonly models: readonly StudiedModel[];
  readonly horizonHours: readonly number[];
  readonly files: readonly DataFile[];
  readonly missing: readonly string[];
  readonly about: RunAbout;
  readonly crashes: Crashes;
  readonly columns: readonly {
    readonly name: string;
    readonly type: "u8" | "u32" | "f64";
    readonly bytes: number;
  }[];
}

type Column = Uint8Array | Uint32Array | Float64Array;

function namedColumns({ columns, models }: Observations): (readonly [name: string, column: Column])[] {
  const { initialUsd, maintenanceUsd, ...rest } = columns;
  return [
    ...Object.entries(rest),
    ...models.map(({ id }, index) => [`initial of ${id}`, initialUsd[index]!] as const),
    ...models.map(({ id }, index) => [`maintenance of ${id}`, maintenanceUsd[index]!] as const),
  ];
}

const typeOf = (column: Column): Head["columns"][number]["type"] =>
  column instanceof Uint8Array ? "u8" : column instanceof Uint32Array ? "u32" : "f64";

/** Writes a run's windows, so that reports can be made of them without running again. */
export function saveObservations(path: string, run: SavedRun): void {
  const { observations, files, missing, about, crashes } = run;
  const { books, models, horizonHours, count } = observations;
  const columns = namedColumns(observations).map(([name, column]) => ({
    name,
    type: typeOf(column),
    data: deflateSync(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), { level: 1 }),
  }));
  const plain = books.map(({ name, type, asset, track, group }) => ({ name, type, asset, track, group }));
  const head: Head = {
    schema,
    count,
    books: plain,
    models,
    horizonHours,
    files,
    missing,
    about,
    crashes,
    columns: columns.map(({ name, type, data }) => ({ name, type, bytes: data.length })),
  };
  try {
    writeFileSync(
      path,
      Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...columns.map(({ data }) => data)]),
    );
  } catch (cause) {
    throw fileError(path, "a file that can be written", cause);
  }
}

const fileError = (path: string, limit: string, cause: unknown): PlimsollError =>
  new PlimsollError("PLM_FILE", {
    field: "--observations",
    value: path,
    limit,
    remedy: cause instanceof Error ? `The system says: ${cause.message}.` : "Run `plimsoll backtest` again.",
  });

/** Most windows of one file. */
const maxCount = 50_000_000;

/** Reads what {@link saveObservations} wrote. @throws {PlimsollError} `PLM_FILE` or `PLM_DOCUMENT_VERSION`. */
export function loadObservations(path: string): SavedRun {
  let stored: Buffer;
  try {
    stored = readFileSync(path);
  } catch (cause) {
    throw fileError(path, "a file that can be read", cause);
  }
  const end = stored.indexOf(0x0a);
  let head: Head;
  try {
    head = JSON.parse(stored.subarray(0, Math.max(0, end)).toString("utf8"));
    if (head.schema !== schema || !(head.count >= 0 && head.count <= maxCount))
      throw new Error(`It says ${head.schema}.`);
  } catch (cause) {
    throw new PlimsollError("PLM_DOCUMENT_VERSION", {
      field: "--observations",
      value: path,
      limit: `a file of ${schema}, as \`plimsoll backtest --save\` writes it`,
      remedy: `Run \`plimsoll backtest --save\` again. ${cause instanceof Error ? cause.message : ""}`.trim(),
    });
  }
  const observations = new Observations(head.books, head.models, head.horizonHours);
  const columns = new Map<string, Column>();
  let at = end + 1;
  try {
    for (const { name, type, bytes } of head.columns) {
      const width = type === "u8" ? 1 : type === "u32" ? 4 : 8;
      const raw = inflateSync(stored.subarray(at, at + bytes), {
        maxOutputLength: Math.max(1, head.count * width),
      });
      if (raw.length !== head.count * width) throw new Error(`column ${name} is cut short`);
      const own = new Uint8Array(raw).buffer;
      columns.set(
        name,
        type === "u8" ? new Uint8Array(own) : type === "u32" ? new Uint32Array(own) : new Float64Array(own),
      );
      at += bytes;
    }
  } catch (cause) {
    throw fileError(path, "a file as `plimsoll backtest --save` wrote it", cause);
  }
  const column = (name: string): Column => {
    const found = columns.get(name);
    if (!found) throw fileError(path, `a file with the column ${name}`, undefined);
    return found;
  };
  const numbers = (name: string): Float64Array => {
    const own = column(name);
    return own instanceof Float64Array ? own : Float64Array.from(own);
  };
  const whole = {
    book: Uint32Array.from(column("book")),
    horizon: Uint8Array.from(column("horizon")),
    startMs: numbers("startMs"),
    endMs: numbers("endMs"),
    lossUsd: numbers("lossUsd"),
    notionalUsd: numbers("notionalUsd"),
    valueAtRiskUsd: numbers("valueAtRiskUsd"),
    expectedShortfallUsd: numbers("expectedShortfallUsd"),
    basis: Uint8Array.from(column("basis")),
    initialUsd: head.models.map(({ id }) => numbers(`initial of ${id}`)),
    maintenanceUsd: head.models.map(({ id }) => numbers(`maintenance of ${id}`)),
  };
  for (let row = 0; row < head.count; row++) observations.add(observationAt(whole, row));
  const { files, missing, about } = head;
  return { observations, files, missing, about, crashes: crashesOf(head.crashes) };
}

/** JSON has no NaN: a requirement that a model does not give was written as null. */
function crashesOf({ paths, funds }: Crashes): Crashes {
  const numbers = (values: readonly (number | null)[]): readonly number[] =>
    values.map((value) => value ?? Number.NaN);
  return {
    funds,
    paths: paths.map(({ atFixedMarksUsd, withMarksUsd, ...rest }) => ({
      ...rest,
      atFixedMarksUsd: numbers(atFixedMarksUsd),
      ...(withMarksUsd && { withMarksUsd: numbers(withMarksUsd) }),
    })),
  };
}
