import { resolve } from "node:path";
import { PlimsollError } from "../../quantity/index.ts";
import { type FeedPlan } from "../../service/venue/index.ts";
import { parseInstant } from "../input/load.ts";

/** As the command line gives them. */
export interface ServeOptions {
  readonly data?: string;
  readonly port?: string;
  readonly host?: string;
  readonly seed?: string;
  readonly speed?: string;
  /** False by `--no-traders`. */
  readonly traders?: string | boolean;
  readonly feed?: string;
  readonly replay?: string;
  readonly from?: string;
  readonly to?: string;
  readonly history?: string;
  readonly params?: string;
  readonly marginHistory?: string;
  readonly for?: string;
  readonly acceptLossAfter?: string;
  readonly trustProxy?: string;
  readonly origins?: string;
  readonly log?: string;
  readonly json?: boolean;
}

const refuse = (field: string, value: unknown, limit: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", { field, value, limit, remedy: "Correct the option." });

export function wholeOption(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw refuse(name, text, `an integer from ${min} to ${max}`);
}

/** An amount, in plain digits. */
export function numberOption(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw refuse(name, text, `a number from ${min} to ${max}`);
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `1h`. @throws {PlimsollError} `PLM_USAGE`. */
export function durationOption(name: string, text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(digits) * (unitsMs[unit] ?? NaN);
  if (digits !== "" && ms > 0) return ms;
  throw refuse(name, text, "a time such as 60s, 5m or 1h");
}

export function speedOption(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1_000_000) return value;
  throw refuse("--speed", text, "venue time per real time, above 0, at most 1,000,000");
}

export function seedOption(text: string): number {
  return wholeOption("--seed", text, 0, Number.MAX_SAFE_INTEGER);
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The least that is logged. @throws {PlimsollError} `PLM_USAGE`. */
export function logOption(text: string): string {
  if (logLevels.includes(text)) return text;
  throw refuse("--log", text, `one of ${logLevels.join(", ")}`);
}

const kinds = ["synthetic", "replay", "live"];
/** Longest step of the synthetic market: its prices must not go stale in between. */
const mostStepMs = 10_000;

/** Which prices the venue is to live on. @throws {PlimsollError} `PLM_USAGE`. */
export function feedOption(options: ServeOptions, speed: number, nowMs: number): FeedPlan {
  const kind = options.feed ?? (options.replay === undefined ? "synthetic" : "replay");
  if (!kinds.includes(kind)) throw refuse("--feed", kind, `one of ${kinds.join(", ")}`);
  if (kind === "live") return { kind };
  if (kind === "synthetic") {
    const seed = seedOption(options.seed ?? "1");
    const startMs = options.from === undefined ? nowMs : parseInstant(options.from, "--from");
    // a step takes about a second of real time, within what keeps prices fresh
    const stepMs = Math.min(mostStepMs, Math.max(1_000, Math.round(speed) * 1_000));
    return { kind, seed, startMs, stepMs };
  }
  if (options.replay === undefined) throw refuse("--replay", undefined, "a folder of recorded tables");
  return {
    kind: "replay",
    folder: resolve(options.replay),
    fromMs: options.from === undefined ? 0 : parseInstant(options.from, "--from"),
    toMs: options.to === undefined ? nowMs : parseInstant(options.to, "--to"),
  };
}
