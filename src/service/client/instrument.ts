import { type AssetSpec, type InstrumentSpec } from "../../clearing/protocol/specs.ts";
import { type Decimal, formatDecimal, parseDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { formatUnits } from "../views/amounts.ts";

/** An exact decimal as text, or a number that is read by its shortest decimal form. */
export type DecimalInput = string | number;

const tenTo = (scale: number): bigint => 10n ** BigInt(scale);

/** How many steps of `step` × 10^−`scale` a decimal is; undefined unless it is a whole number of them. */
function wholeSteps({ coefficient, scale: given }: Decimal, step: bigint, scale: number): bigint | undefined {
  const numerator = coefficient * tenTo(scale);
  const denominator = step * tenTo(given);
  return numerator % denominator === 0n ? numerator / denominator : undefined;
}

/** The whole numbers of steps below and above. */
function around(
  { coefficient, scale: given }: Decimal,
  step: bigint,
  scale: number,
): readonly [bigint, bigint] {
  const numerator = coefficient * tenTo(scale);
  const denominator = step * tenTo(given);
  const quotient = numerator / denominator;
  const floor = numerator < 0n && numerator % denominator !== 0n ? quotient - 1n : quotient;
  return [floor, floor + 1n];
}

const isSafe = (value: bigint): boolean => value >= -9007199254740991n && value <= 9007199254740991n;

interface Step {
  /** `tick` or `lot`. */
  readonly of: string;
  readonly size: bigint;
  /** Decimals of `size`. */
  readonly scale: number;
  /** Where the steps belong to, for errors. */
  readonly owner: string;
}

/** @throws {PlimsollError} `PLM_DOMAIN` unless `value` is a whole number of steps that a command can carry. */
function stepsOf(value: DecimalInput, { of, size, scale, owner }: Step, field: string): number {
  const decimal = parseDecimal(value, field);
  const steps = wholeSteps(decimal, size, scale);
  if (steps !== undefined && isSafe(steps)) return Number(steps);
  const stepText = formatUnits(size, scale);
  const [below, above] = around(decimal, size, scale);
  throw new PlimsollError("PLM_DOMAIN", {
    field,
    value,
    limit: `a multiple of the ${of} of ${owner}, ${stepText}, below 2^53 of them`,
    remedy: `The nearest are ${formatUnits(below * size, scale)} and ${formatUnits(above * size, scale)}.`,
  });
}

/** Which neighbour to take of what is no whole number of steps. */
export type Rounding = "down" | "up" | "nearest";

function rounded(value: DecimalInput, size: bigint, scale: number, rounding: Rounding): number {
  const decimal = parseDecimal(value, "value");
  const [below, above] = around(decimal, size, scale);
  const exact = wholeSteps(decimal, size, scale);
  if (exact !== undefined) return Number(exact);
  if (rounding !== "nearest") return Number(rounding === "down" ? below : above);
  const twice = 2n * decimal.coefficient * tenTo(scale);
  return Number(twice < (below + above) * size * tenTo(decimal.scale) ? below : above);
}

/** A listed instrument: converts between decimals and what commands carry, exactly. */
export class Instrument {
  readonly index: number;
  readonly spec: InstrumentSpec;
  readonly #lot: Step;
  readonly #tick: Step;

  constructor(index: number, spec: InstrumentSpec) {
    this.index = index;
    this.spec = spec;
    const owner = spec.name;
    this.#tick = { of: "tick", size: BigInt(spec.tickMicros), scale: 6, owner };
    this.#lot =
      spec.settlement === "inverse"
        ? { of: "lot", size: BigInt(spec.lotUsdMicros), scale: 6, owner }
        : { of: "lot", size: BigInt(spec.lotNanos), scale: 9, owner };
  }

  get name(): string {
    return this.spec.name;
  }

  /** Price step and size of a lot as decimals: a lot is underlying, or quote currency of inverse instruments. */
  get tickSize(): string {
    return formatUnits(this.#tick.size, this.#tick.scale);
  }
  get lotSize(): string {
    return formatUnits(this.#lot.size, this.#lot.scale);
  }

  /** @throws {PlimsollError} `PLM_DOMAIN` for a price that is no multiple of the tick. */
  ticksOf(price: DecimalInput, field: string = "price"): number {
    return stepsOf(price, this.#tick, field);
  }

  /** @throws {PlimsollError} `PLM_DOMAIN` for a size that is no multiple of the lot. */
  lotsOf(size: DecimalInput, field: string = "size"): number {
    return stepsOf(size, this.#lot, field);
  }

  priceOf(ticks: number): string {
    return formatUnits(BigInt(ticks) * this.#tick.size, this.#tick.scale);
  }

  sizeOf(lots: number): string {
    return formatUnits(BigInt(lots) * this.#lot.size, this.#lot.scale);
  }

  /** A price on the grid of ticks, as text. */
  roundPrice(price: DecimalInput, rounding: Rounding): string {
    return this.priceOf(rounded(price, this.#tick.size, this.#tick.scale, rounding));
  }

  /** A size on the grid of lots, as text. */
  roundSize(size: DecimalInput, rounding: Rounding): string {
    return this.sizeOf(rounded(size, this.#lot.size, this.#lot.scale, rounding));
  }
}

/** A listed asset: converts between amounts and units, exactly. */
export class Asset {
  readonly index: number;
  readonly spec: AssetSpec;

  constructor(index: number, spec: AssetSpec) {
    this.index = index;
    this.spec = spec;
  }

  get name(): string {
    return this.spec.name;
  }

  /** @throws {PlimsollError} `PLM_DOMAIN` for an amount with more digits than the asset has. */
  unitsOf(amount: DecimalInput, field: string = "amount"): number {
    return stepsOf(amount, { of: "unit", size: 1n, scale: this.spec.decimals, owner: this.name }, field);
  }

  amountOf(units: number): string {
    return formatUnits(units, this.spec.decimals);
  }
}

/** USD, or a price, as micros. @throws {PlimsollError} `PLM_DOMAIN` for more than six decimals. */
export const microsOf = (value: DecimalInput, field: string): number =>
  stepsOf(value, { of: "micro", size: 1n, scale: 6, owner: "quote currency" }, field);

/** A fraction as parts per million. @throws {PlimsollError} `PLM_DOMAIN` for more than six decimals. */
export const ppmOf = (value: DecimalInput, field: string): number =>
  stepsOf(value, { of: "part per million", size: 1n, scale: 6, owner: "the whole" }, field);

/** `1.5` from 15 tenths: for decimals that are added up. */
export const decimalText = (coefficient: bigint, scale: number): string =>
  formatDecimal({ coefficient, scale });
