import { existsSync } from "node:fs";
import { access, constants, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { breachTarget, solveSafety } from "./calibrate-safety.ts";
import { readCalibrationData } from "./calibration-data.ts";
import { type CommandOutput } from "./command-output.ts";
import { parseInstant } from "./input/load.ts";
import { formatNumber, formatPercent } from "./output/format.ts";
import { textTable } from "./output/table.ts";
import { defaultMarginParameters } from "./parameters.ts";
import { PlimsollError } from "../quantity/index.ts";
import { calibrate, type CalibrationReport } from "../risk/index.ts";

/** Nothing later enters the shipped parameters, so that later data can judge them. */
const defaultPricesUntil = "2024-07-01T00:00:00Z";
const defaultChainsUntil = "2026-04-01T00:00:00Z";

const defaultPricesFrom = "2019-01-01T00:00:00Z";

export interface CalibrateOptions {
  readonly pricesFrom?: string | undefined;
  readonly out?: string | undefined;
  readonly pricesUntil?: string | undefined;
  readonly chainsUntil?: string | undefined;
  /** Share of windows that every type of book must cover; absent: the level stays as it is. */
  readonly safety?: string | undefined;
  /** Sparse windows for {@link safety}. */
  readonly quick?: boolean | undefined;
}

function reportText({
  spots,
  volLevel,
  stressRatio,
  smile,
  pegs,
  halfLives,
  parameters,
}: CalibrationReport): string {
  const spotRows = spots.map(({ symbol, moves, fall, rise, range, beta, residual }) => [
    symbol,
    formatNumber(moves, 0),
    formatPercent(-fall),
    formatPercent(rise),
    formatPercent(range),
    formatNumber(beta, 2),
    formatNumber(residual, 2),
  ]);
  const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
  const spotTable = textTable(
    [{ title: "Spot" }, ...["windows", "falls", "rises", "range", "beta", "residual"].map(right)],
    spotRows,
  );
  const pegTable = textTable(
    [{ title: "Peg" }, right("observations"), right("deepest fall"), right("highest rise")],
    pegs.map(({ asset, observations, fall, rise }) => [
      asset,
      formatNumber(observations, 0),
      formatPercent(fall),
      formatPercent(rise),
    ]),
  );
  const classes = Object.entries(parameters.classes).map(
    ([name, risk]) =>
      `  ${name.padEnd(8)} range ${formatPercent(risk.spotRange)}, beta ${formatNumber(risk.marketBeta, 2)}, residual ${formatNumber(risk.spotResidual, 3)}, vol +${formatNumber(risk.volUp, 2)} −${formatNumber(risk.volDown, 2)}`,
  );
  return [
    `Parameters ${parameters.version}`,
    `\n${spotTable}`,
    `\nVolatility: ${volLevel.moves} daily changes of ln(30-day volatility): up ${formatNumber(volLevel.up, 3)}, down ${formatNumber(volLevel.down, 3)}; per unit of ln(spot) falling ${formatNumber(volLevel.spotBetaDown, 2)}, rising ${formatNumber(volLevel.spotBetaUp, 2)}, times ${formatNumber(stressRatio, 2)} since spot was wilder before`,
    `Smile: ${smile.pairs} daily changes: power ${formatNumber(smile.powerShort, 2)} below 30 days, ${formatNumber(smile.powerLong, 2)} above; skew ${formatNumber(smile.skew, 3)}, wings ${formatNumber(smile.smile, 3)}, annual basis ${formatNumber(smile.basis, 3)}`,
    `Half-life: ${halfLives.map(({ halfLifeHours, qlike }) => `${halfLifeHours} h ${formatNumber(qlike, 4)}`).join(", ")}`,
    `\n${pegTable}`,
    `\nClasses\n${classes.join("\n")}`,
  ].join("\n");
}

/** Has a file that cannot be written named. */
async function writing(write: () => Promise<void>, out: string): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new PlimsollError("PLM_FILE", {
      field: "--out",
      value: out,
      limit: "a writable file",
      remedy: cause instanceof Error ? `The system says: ${cause.message}.` : "Check the folder.",
    });
  }
}

/** `plimsoll calibrate`: fits the margin parameters to the history in a folder. */
export async function calibrateCommand(folder: string, options: CalibrateOptions): Promise<CommandOutput> {
  const pricesUntil = options.pricesUntil ?? defaultPricesUntil;
  const chainsUntil = options.chainsUntil ?? defaultChainsUntil;
  const pricesFrom = options.pricesFrom ?? defaultPricesFrom;
  const target = options.safety === undefined ? undefined : breachTarget(options.safety);
  if (target === undefined && options.quick === true) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--quick",
      value: true,
      limit: "given with --safety",
      remedy: "Only the search for the level has windows to leave out.",
    });
  }
  const span = {
    folder,
    pricesFromMs: parseInstant(pricesFrom, "--prices-from"),
    pricesUntilMs: parseInstant(pricesUntil, "--prices-until"),
    chainsUntilMs: parseInstant(chainsUntil, "--chains-until"),
  };
  const { out } = options;
  // Known before the minutes that a level takes.
  if (out !== undefined && target !== undefined)
    await writing(() => access(existsSync(out) ? out : dirname(out), constants.W_OK), out);
  const data = await readCalibrationData(span);
  const version = `prices from ${pricesFrom.slice(0, 10)} before ${pricesUntil.slice(0, 10)}, option chains before ${chainsUntil.slice(0, 10)}`;
  const fitted = calibrate(await defaultMarginParameters(), data, version);
  const found =
    target === undefined
      ? undefined
      : await solveSafety(fitted.parameters, { ...span, target, quick: options.quick === true });
  const parameters = found?.parameters ?? fitted.parameters;
  const text = [reportText({ ...fitted, parameters }), ...(found ? [found.text] : [])].join("\n\n");
  const json = found?.json ?? parameters;
  const document = `${JSON.stringify(parameters, null, 2)}\n`;
  if (out === undefined) return { text, json };
  await writing(() => writeFile(out, document), out);
  return { text: `${text}\n\nwritten to ${out}`, json };
}
