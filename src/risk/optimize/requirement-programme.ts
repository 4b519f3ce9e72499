import { tailMass, observationCount } from "../measures.ts";
import { minimumOf } from "../portfolio-margin/add-ons.ts";
import { type ItemRows, residualColumns, spotSlot } from "../portfolio-margin/item-rows.ts";
import { type PreparedMarket, type PreparedUnderlying } from "../portfolio-margin/prepare.ts";
import { assetRiskOf, shareTolerance } from "../scenarios/stress.ts";
import { type ProgrammeBuilder, type Term } from "./programme.ts";

/** An asset or instrument of a book whose amount the programme may change. */
export interface AdjustableItem {
  readonly rows: ItemRows;
  /** Units or contracts held whatever the programme decides, signed. */
  readonly held: number;
  /** Of an asset, the part of `held` that was deposited: what custody risk acts on. */
  readonly deposit: number;
  /** What the programme adds: units or contracts per unit of its columns. */
  readonly terms: readonly Term[];
}

/** Columns of the programme that measure the requirement, USD. */
export interface RequirementColumns {
  /** The initial requirement, equation (17) with (25), without the bound by payoff. */
  readonly requirement: number;
  readonly risk: number;
}

/** A value that is linear in the columns: `constant + Σ terms`. */
interface Linear {
  readonly constant: number;
  readonly terms: readonly Term[];
}

const msPerHour = 3_600_000;

function sumOf(items: readonly AdjustableItem[], entry: (rows: ItemRows) => number): Linear {
  let constant = 0;
  const terms: Term[] = [];
  for (const { rows, held, terms: own } of items) {
    const value = entry(rows);
    if (value === 0) continue;
    constant += held * value;
    for (const [column, perUnit] of own) terms.push([column, perUnit * value]);
  }
  return { constant, terms };
}

/** `column ≥ −scale × value`: a loss is at least what is lost. */
function atLeastLoss(builder: ProgrammeBuilder, column: number, value: Linear, scale: number = 1): void {
  builder.row(
    [[column, 1], ...value.terms.map(([at, by]): Term => [at, by * scale])],
    -scale * value.constant,
  );
}

/** A column that is at least the largest loss among some values, and 0. */
function worstLoss(builder: ProgrammeBuilder, values: readonly Linear[]): number {
  const column = builder.column(0);
  for (const value of values) atLeastLoss(builder, column, value);
  return column;
}

/**
 * Adds the initial requirement of a book to a programme that minimises it: every measure of docs/margin-model.md sections 2 and
 * 3 is a supremum of losses that are linear in sizes once items are revalued, and so are the add-ons, but price impact, which is
 * convex and enters by tangents (never above it). At the least requirement the columns equal the model's measures, within
 * its rounding. Left out: open orders, and the bound by payoff (27), which may make the true requirement smaller.
 */
export function addRequirement(
  builder: ProgrammeBuilder,
  prepared: PreparedMarket,
  items: readonly AdjustableItem[],
): RequirementColumns {
  const risk = builder.column(0);
  addShortfall(builder, prepared, items, risk);
  for (let scenario = prepared.historicalCount; scenario < prepared.joint.length; scenario++) {
    atLeastLoss(
      builder,
      risk,
      sumOf(items, ({ joint }) => joint[scenario] ?? 0),
    );
  }
  addPegs(builder, prepared, items, risk);
  addStress(builder, prepared, items, risk);
  const { charges, minimum } = chargeTerms(builder, prepared, items);
  const requirement = builder.column(0);
  const negative = ([column, by]: Term): Term => [column, -by];
  builder.row([[requirement, 1], [risk, -1], ...charges.map(negative)], 0);
  builder.row([[requirement, 1], ...minimum.map(negative)], 0);
  return { requirement, risk };
}

/** Expected Shortfall, equation (9), as a linear programme (Rockafellar and Uryasev 2000). */
function addShortfall(
  builder: ProgrammeBuilder,
  prepared: PreparedMarket,
  items: readonly AdjustableItem[],
  risk: number,
): void {
  const { historicalCount, historicalWeights, parameters } = prepared;
  if (historicalCount === 0) return;
  const { initialLevel, initialMultiplier } = parameters.shortfall;
  const count = observationCount({ pnlUsd: historicalWeights, weights: historicalWeights });
  const mass = tailMass(count, initialLevel);
  const threshold = builder.column();
  const shortfall: Term[] = [[risk, 1]];
  shortfall.push([threshold, -initialMultiplier]);
  for (let scenario = 0; scenario < historicalCount; scenario++) {
    const beyond = builder.column(0);
    const { constant, terms } = sumOf(items, ({ joint }) => joint[scenario] ?? 0);
    builder.row([[beyond, 1], [threshold, 1], ...terms], -constant);
    shortfall.push([beyond, (-initialMultiplier * (historicalWeights[scenario] ?? 0)) / mass]);
  }
  builder.row(shortfall, 0);
}

/** Every peg on its own, equation (16). */
function addPegs(
  builder: ProgrammeBuilder,
  prepared: PreparedMarket,
  items: readonly AdjustableItem[],
  risk: number,
): void {
  const { market, parameters } = prepared;
  const assets = new Map<string, AdjustableItem[]>();
  for (const item of items) {
    const { rows } = item;
    const option = rows.isOption ? market.instruments.get(rows.item) : undefined;
    const asset =
      rows.kind === "asset" ? rows.item : option?.settlement === "linear" ? option.quoteAsset : undefined;
    if (asset === undefined || asset === parameters.settlementAsset) continue;
    const known = assets.get(asset);
    if (known) known.push(item);
    else assets.set(asset, [item]);
  }
  const losses: Term[] = [[risk, 1]];
  for (const [asset, exposed] of assets) {
    const state = market.assets.get(asset);
    if (!state) continue;
    const { pegDown, pegUp } = prepared.pegRiskOf(state);
    if (pegDown === 0 && pegUp === 0) continue;
    const slip = builder.column(0);
    const exposure = sumOf(exposed, ({ markUsd }) => markUsd);
    atLeastLoss(builder, slip, exposure, -pegDown);
    atLeastLoss(builder, slip, exposure, pegUp);
    losses.push([slip, -1]);
  }
  builder.row(losses, 0);
}

interface SlotItems {
  readonly underlying: PreparedUnderlying;
  readonly slot: number;
  readonly items: readonly AdjustableItem[];
}

function slotsOf(prepared: PreparedMarket, items: readonly AdjustableItem[]): readonly SlotItems[] {
  const slots = new Map<string, { underlying: PreparedUnderlying; slot: number; items: AdjustableItem[] }>();
  for (const item of items) {
    const { underlying: index, slot } = item.rows;
    const underlying = prepared.underlyings[index];
    if (!underlying || slot === spotSlot) continue;
    const known = slots.get(`${index} ${slot}`);
    if (known) known.items.push(item);
    else slots.set(`${index} ${slot}`, { underlying, slot, items: [item] });
  }
  return [...slots.values()];
}

/** The stress measure: spot and volatility (12), basis (13), skew and smile (14). */
function addStress(
  builder: ProgrammeBuilder,
  prepared: PreparedMarket,
  items: readonly AdjustableItem[],
  risk: number,
): void {
  const own = (entries: readonly number[], { items: inSlot }: SlotItems): number =>
    worstLoss(
      builder,
      entries.map((entry) => sumOf(inSlot, ({ residual }) => residual[entry] ?? 0)),
    );
  const total: Term[] = [[risk, 1]];
  const { basisDown, basisUp, skewDown, skewUp, smileDown, smileUp } = residualColumns;
  for (const slot of slotsOf(prepared, items)) {
    total.push([own([basisDown, basisUp], slot), -1]);
    if (slot.items.some(({ rows }) => rows.isOption)) {
      total.push([own([skewDown, skewUp, smileDown, smileUp], slot), -1]);
    }
  }
  total.push([addDependence(builder, prepared, items), -1]);
  builder.row(total, 0);
}

/** Loss of one underlying in each column of its grid with the worst volatility, damped, equation (11). One column each. */
function columnLosses(
  builder: ProgrammeBuilder,
  { grid }: PreparedUnderlying,
  items: readonly AdjustableItem[],
  volResidual: number,
): readonly number[] {
  const deltaOne = items.filter(({ rows }) => !rows.isOption);
  const bySlot = new Map<number, AdjustableItem[]>();
  for (const item of items) {
    if (!item.rows.isOption) continue;
    const known = bySlot.get(item.rows.slot);
    if (known) known.push(item);
    else bySlot.set(item.rows.slot, [item]);
  }
  return grid.columns.map(({ weight, volPoints }, column) => {
    const offset = grid.volOffsets[column] ?? 0;
    const loss = builder.column();
    const straight = sumOf(deltaOne, ({ grid: row }) => (row[column] ?? 0) * weight);
    // One expiry's loss at each volatility, and its worst within reach of each level.
    const strays = [...bySlot.values()].map((inSlot) => {
      const atVol = volPoints.map((_, vol) => {
        const at = builder.column();
        atLeastLoss(
          builder,
          at,
          sumOf(inSlot, ({ grid: row }) => (row[offset + vol] ?? 0) * weight),
        );
        return at;
      });
      return volPoints.map((level) => {
        const worst = builder.column();
        for (const [vol, point] of volPoints.entries()) {
          if (Math.abs(point - level) > volResidual + shareTolerance) continue;
          builder.row(
            [
              [worst, 1],
              [atVol[vol] ?? 0, -1],
            ],
            0,
          );
        }
        return worst;
      });
    });
    const levels = strays.length > 0 ? volPoints : [0];
    for (const level of levels.keys()) {
      const expiries = strays.map((stray): Term => [stray[level] ?? 0, -1]);
      builder.row([[loss, 1], ...straight.terms, ...expiries], -straight.constant);
    }
    return loss;
  });
}

/** The worst of the spot × volatility stress over all underlyings, equation (12). */
function addDependence(
  builder: ProgrammeBuilder,
  prepared: PreparedMarket,
  items: readonly AdjustableItem[],
): number {
  const { marketPoints, volResidual, strayCount = Infinity } = prepared.parameters.stress;
  const dependence = builder.column(0);
  const parts = prepared.underlyings.flatMap((underlying, index) => {
    const own = items.filter(({ rows }) => rows.underlying === index);
    return own.length === 0
      ? []
      : [{ underlying, losses: columnLosses(builder, underlying, own, volResidual) }];
  });
  type Part = (typeof parts)[number];
  /** The worst of some columns. */
  const worst = ({ losses }: Part, columns: readonly number[]): number => {
    if (columns.length === 1) return losses[columns[0] ?? 0] ?? 0;
    const most = builder.column();
    for (const column of columns) {
      builder.row(
        [
          [most, 1],
          [losses[column] ?? 0, -1],
        ],
        0,
      );
    }
    return most;
  };
  const together = (losses: readonly Term[]): void => {
    builder.row([[dependence, 1], ...losses.map(([column, by]): Term => [column, -by])], 0);
  };
  /**
   * The parts where a market move puts them, the most costly of them astray: a threshold that `most` of them pay, and what each
   * loses beyond it, which is no less than where its beta puts it.
   */
  const mixed = (
    straying: readonly Straying[],
    most: number,
    centresOf: (part: Part) => readonly number[],
  ): readonly Term[] => {
    const budgeted = straying.filter(({ part }) => part.underlying.measured >= 1);
    if (budgeted.length <= most) return straying.map(({ column }): Term => [column, 1]);
    const threshold = builder.column(0);
    const losses = straying.map(({ part, column }): Term => {
      if (part.underlying.measured < 1) return [column, 1];
      const beyond = builder.column();
      builder.row(
        [
          [beyond, 1],
          [threshold, 1],
          [column, -1],
        ],
        0,
      );
      builder.row(
        [
          [beyond, 1],
          [worst(part, centresOf(part)), -1],
        ],
        0,
      );
      return [beyond, 1];
    });
    return [[threshold, most], ...losses];
  };
  const centresAt =
    (at: number) =>
    (part: Part): readonly number[] =>
      part.underlying.centres[at] ?? [];
  interface Straying {
    readonly part: Part;
    readonly column: number;
  }
  for (const at of marketPoints.keys()) {
    const straying = parts.map((part) => ({
      part,
      column: worst(part, part.underlying.reachable[at] ?? []),
    }));
    together(mixed(straying, strayCount, centresAt(at)));
  }
  for (const side of ["fall", "rise"] as const) {
    const at = side === "fall" ? 0 : marketPoints.length - 1;
    const straying = parts.map((part) => {
      const { reachable, extremes } = part.underlying;
      return { part, column: worst(part, [...(reachable[at] ?? []), ...extremes[side]]) };
    });
    together(mixed(straying, strayCount, centresAt(at)));
    if (parts.length <= strayCount) continue;
    together(
      mixed(straying, strayCount, (part) => {
        const { mildestFall, mildestRise } = part.underlying.extremes;
        const mildest = side === "fall" ? mildestFall : mildestRise;
        return mildest === undefined ? centresAt(at)(part) : [mildest];
      }),
    );
  }
  const still = marketPoints.indexOf(0);
  for (const part of parts) {
    const { extremes, risk } = part.underlying;
    if (extremes.all.length === 0) continue;
    const factor = Math.min(1, risk.spotResidual);
    const others = parts
      .filter((other) => other !== part)
      .map((other) => ({ part: other, column: worst(other, other.underlying.reachable[still] ?? []) }));
    together([[worst(part, extremes.all), factor], ...mixed(others, strayCount - 1, centresAt(still))]);
  }
  return dependence;
}

/** Tangents to the price impact, per underlying. */
const impactTangents = 32;

/** Add-ons (19) to (24) and the minimum charge (25), as sums of columns. */
function chargeTerms(
  builder: ProgrammeBuilder,
  prepared: PreparedMarket,
  items: readonly AdjustableItem[],
): { readonly charges: readonly Term[]; readonly minimum: readonly Term[] } {
  const { market, parameters, underlyings } = prepared;
  const charges: Term[] = [];
  const minimum: Term[] = [];
  for (const { rows, held, deposit, terms } of items) {
    const risk = underlyings[rows.underlying]?.risk;
    const state = rows.kind === "asset" ? market.assets.get(rows.item) : undefined;
    const confidence =
      (rows.kind === "asset" ? state?.confidence : market.quotes.get(rows.item)?.confidence) ?? 1;
    const width = risk?.oracleWidth ?? (state ? assetRiskOf(parameters, state).pegDown : 0);
    const oracle = Math.max(Math.abs(rows.deltaUsd), Math.abs(rows.markUsd)) * width * (1 - confidence);
    const spread = rows.kind === "instrument" ? rows.halfSpreadUsd : 0;
    const instrument = rows.kind === "instrument" ? market.instruments.get(rows.item) : undefined;
    const least = (size: number): number =>
      instrument && risk ? minimumOf({ rows, size, balance: 0 }, instrument, risk) : 0;
    const longCharge = oracle + (rows.isOption ? Math.min(spread, rows.markUsd) : spread);
    if (longCharge > 0 || oracle + spread > 0 || least(1) > 0 || least(-1) > 0) {
      const long = builder.column(0);
      const short = builder.column(0);
      builder.row([[long, 1], [short, -1], ...terms.map(([at, by]): Term => [at, -by])], held, held);
      charges.push([long, longCharge], [short, oracle + spread]);
      minimum.push([long, least(1)], [short, least(-1)]);
    }
    const custody = state ? rows.markUsd * assetRiskOf(parameters, state).custodyHaircut : 0;
    if (custody > 0) {
      const deposited = builder.column(0);
      builder.row([[deposited, 1], ...terms.map(([at, by]): Term => [at, -by])], deposit);
      charges.push([deposited, custody]);
    }
  }
  for (const [index, underlying] of underlyings.entries()) {
    const own = items.filter(({ rows }) => rows.underlying === index);
    if (own.length > 0) charges.push(...deltaCharges(builder, underlying, own));
  }
  for (const { underlying, slot, items: inSlot } of slotsOf(prepared, items)) {
    const window = underlying.risk.nearExpiryHours;
    const hours = (slot - market.asOfMs) / msPerHour;
    const ramp = slot > 0 && window > 0 ? Math.max(0, Math.min(1, 1 - hours / window)) : 0;
    if (ramp === 0) continue;
    const { nearExpiryDown, nearExpiryUp } = residualColumns;
    const moves = sumOf(
      inSlot,
      ({ residual }) => ((residual[nearExpiryDown] ?? 0) + (residual[nearExpiryUp] ?? 0)) / 2,
    );
    charges.push([worstLoss(builder, [moves]), ramp]);
  }
  return { charges, minimum };
}

/** What is charged on one underlying's net delta: impact (20), concentration (21), the index's uncertainty (22). */
function deltaCharges(
  builder: ProgrammeBuilder,
  { risk, confidence, depth50bpsUsd, dailyVolumeUsd }: PreparedUnderlying,
  items: readonly AdjustableItem[],
): readonly Term[] {
  const net = sumOf(items, ({ deltaUsd }) => deltaUsd);
  const delta = builder.column(0);
  atLeastLoss(builder, delta, net);
  atLeastLoss(builder, delta, net, -1);
  const charges: Term[] = [[delta, risk.oracleWidth * (1 - confidence)]];
  if (risk.concentrationRate > 0) {
    const beyond = builder.column(0);
    builder.row(
      [
        [beyond, 1],
        [delta, -1],
      ],
      -risk.concentrationShare * dailyVolumeUsd,
    );
    charges.push([beyond, risk.concentrationRate]);
  }
  const oneSide = depth50bpsUsd / 2;
  if (oneSide <= 0) return [...charges, [delta, risk.impactMax]];
  const ratio = risk.impactAtDepth > 0 ? risk.impactMax / risk.impactAtDepth : 0;
  if (ratio === 0) return charges;
  const impact = builder.column(0);
  // Up to the largest rate impact is c·Δ^1.5, whose tangent at d is 1.5·rate(d)·Δ − 0.5·rate(d)·d.
  for (let at = 0, d = oneSide * ratio * ratio; at < impactTangents; at++, d /= 2) {
    const rate = risk.impactAtDepth * Math.sqrt(d / oneSide);
    builder.row(
      [
        [impact, 1],
        [delta, -1.5 * rate],
      ],
      -0.5 * rate * d,
    );
  }
  return [...charges, [impact, 1]];
}
