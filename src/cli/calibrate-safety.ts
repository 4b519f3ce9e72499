import { availableParallelism } from "node:os";
import { PlimsollError } from "../quantity/index.ts";
import {
  type MarginParameters,
  nearestTypes,
  type TypeNeed,
  walkScale,
  withLevelSource,
} from "../risk/index.ts";
import {
  mostWalks,
  safetyHours,
  type SafetyLevel,
  solveSafetyLevel,
} from "../service/laboratory/safety-level.ts";
import { formatInstant, formatInteger, formatNumber, formatPercent } from "./output/format.ts";
import { startProgress } from "./output/progress.ts";
import { textTable } from "./output/table.ts";

const [leastSafety, mostSafety] = [0.9, 0.9999];
/** Types in the table. */
const shownTypes = 12;
/** Types without a promise that the text names. */
const namedTypes = 24;

/** The share that may breach under `--safety`, free of binary fractions: 0.01 of 0.99. */
export function breachTarget(safety: string): number {
  const rate = /^0?\.\d{1,6}$/.test(safety.trim()) ? Number(safety) : Number.NaN;
  if (rate >= leastSafety && rate <= mostSafety) return Math.round((1 - rate) * 1e6) / 1e6;
  throw new PlimsollError("PLM_USAGE", {
    field: "--safety",
    value: safety,
    limit: `a share from ${leastSafety} to ${mostSafety} with at most six digits`,
    remedy: "Give the share of windows that must be covered, such as 0.99.",
  });
}

/** What a level was solved with. */
export interface SafetySolving {
  readonly folder: string;
  readonly target: number;
  readonly pricesFromMs: number;
  readonly pricesUntilMs: number;
  readonly chainsUntilMs: number;
  readonly quick: boolean;
}

/** A solved level, its document, and what the command says of it. */
export interface SafetyFound {
  readonly parameters: MarginParameters;
  readonly text: string;
  readonly json: unknown;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const safetyText = (target: number): string => `${Number((100 * (1 - target)).toFixed(6))} %`;
const promisedBy = (types: readonly TypeNeed[], promise: TypeNeed["promise"]): readonly TypeNeed[] =>
  types.filter((type) => type.promise === promise);

const reasons = {
  limit: "A level lower by a hundredth would break it.",
  rest: "The types nearest the limit do not follow the level: the most that a book can lose, or a charge, sets what they are asked.",
  walks: `A lower level may do: ${mostWalks} walks are the most.`,
} as const;

function sourceText(
  { found }: SafetyLevel,
  { target, pricesUntilMs, chainsUntilMs, quick }: SafetySolving,
): string {
  const { walk } = found;
  const binding = walk.types.find(({ name }) => name === found.binding);
  const few = promisedBy(walk.types, "realised").length;
  return [
    `Level ${formatNumber(walk.level, 3)} of the base document, solved on the training span at ${safetyText(target)}: every ${safetyHours}-hour window of the laboratory's library`,
    `ending before ${day(pricesUntilMs)}, on recorded chains before ${day(chainsUntilMs)}${quick ? ", SPARSE windows (--quick)" : ""}.`,
    binding
      ? `Binding: ${binding.name}, ${binding.breaches} breaches in ${binding.windows} windows, ${binding.allowed} allowed; scale of the last walk ${formatNumber(walkScale(walk), 4)}.`
      : "",
    `Promise: (breaches + 1) ÷ (windows + 1) at most ${Number((100 * target).toFixed(6))} % in each of ${walk.types.length - few} types, if windows are exchangeable;`,
    `${few} types with fewer windows: no breach in them.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });

function safetyReport(level: SafetyLevel, { target, quick }: SafetySolving): string {
  const { walks, found, missing } = level;
  const { walk, reason } = found;
  const walkRows = walks.map((one, at) => [
    String(at + 1),
    formatNumber(one.level, 3),
    formatNumber(walkScale(one), 4),
    nearestTypes(one)[0]?.name ?? "",
    formatInteger(one.types.reduce((sum, { windows }) => sum + windows, 0)),
    one === walk ? "kept" : walkScale(one) > 1 ? "short" : "",
  ]);
  const typeRows = nearestTypes(walk)
    .slice(0, shownTypes)
    .map((type) => [
      type.name,
      formatInteger(type.windows),
      formatInteger(type.breaches),
      formatInteger(type.allowed),
      formatNumber(type.scale, 4),
      formatNumber(type.factor, 4),
      formatPercent(type.cappedShare, 0),
      type.promise === "exchangeable" ? "promised" : "too few",
    ]);
  const few = promisedBy(walk.types, "realised");
  return [
    `Level ${formatNumber(walk.level, 3)}: ${safetyText(target)} of every type's ${safetyHours}-hour windows in training, with the correction for the next one${quick ? ", from SPARSE windows (--quick)" : ""}.`,
    `${found.binding} sets it. ${reasons[reason]}`,
    `\n${textTable([right("Walk"), right("level"), right("scale"), { title: "nearest the limit" }, right("windows"), { title: "" }], walkRows)}`,
    `\n${textTable(
      [
        { title: "Types nearest the limit" },
        ...["windows", "breaches", "allowed", "scale", "needs", "capped"].map(right),
        { title: "promise" },
      ],
      typeRows,
    )}`,
    ...(few.length === 0
      ? []
      : [
          `\n${few.length} types have too few windows for a promise; none of theirs may breach: ${few
            .slice(0, namedTypes)
            .map(({ name, windows }) => `${name} (${windows})`)
            .join(
              ", ",
            )}${few.length > namedTypes ? `, and ${few.length - namedTypes} more that --json names` : ""}.`,
        ]),
    ...(missing.length === 0
      ? []
      : [`\nNot in the folder, so their books are left out: ${missing.join(", ")}.`]),
  ].join("\n");
}

/** Solves the level of fitted parameters, with progress on standard error. */
export async function solveSafety(
  parameters: MarginParameters,
  solving: SafetySolving,
): Promise<SafetyFound> {
  const { folder, target, pricesFromMs, pricesUntilMs, chainsUntilMs, quick } = solving;
  const progress = startProgress(`walking the library, % of a walk`, 100);
  try {
    const level = await solveSafetyLevel({
      folders: [folder],
      parameters,
      target,
      pricesFromMs,
      pricesUntilMs,
      chainsUntilMs,
      quick,
      threads: Math.min(2, availableParallelism()),
      progress: (walk, share, track, ms) =>
        progress.show(
          Math.floor(100 * share),
          `walk ${walk} of at most ${mostWalks}, ${track} ${formatInstant(ms)}`,
        ),
    });
    const { walks, found, missing } = level;
    const document: MarginParameters = {
      ...withLevelSource(level.parameters, sourceText(level, solving)),
      version: `${parameters.version}, level at ${safetyText(target)}${quick ? " (quick)" : ""}`,
    };
    return {
      parameters: document,
      text: safetyReport(level, solving),
      json: {
        parameters: document,
        safety: {
          target,
          horizonHours: safetyHours,
          promise: "exchangeable",
          quick,
          pricesUntil: day(pricesUntilMs),
          chainsUntil: day(chainsUntilMs),
          level: found.walk.level,
          scale: walkScale(found.walk),
          binding: found.binding,
          reason: found.reason,
          walks: walks.map((walk) => ({
            level: walk.level,
            scale: walkScale(walk),
            nearest: nearestTypes(walk)[0]?.name ?? null,
          })),
          types: found.walk.types,
          missing,
        },
      },
    };
  } finally {
    progress.end();
  }
}
