import { RecordTable } from "../record-table.ts";

/** Most accounts in liquidation at one time; others keep their margin call until there is room. */
export const maxLiquidations = 65_536;

/** `stepping`: small trades; `auction`: slices of all it holds, until what is left is a debt that is settled at once. */
export type LiquidationStage = "stepping" | "auction";
const stages: readonly LiquidationStage[] = ["stepping", "auction"];

/** An account that is being liquidated. Its id is the account's number: one at a time. */
export interface Liquidation {
  /** The account. */
  readonly id: number;
  /** Number in events. */
  readonly liquidation: number;
  readonly stage: LiquidationStage;
  /** Number of its auction; 0: none. */
  readonly auction: number;
  /** Of its largest position when it began: whose market's tranche pays first. −1: it had none. */
  readonly instrument: number;
  /** What its equity is below 0, USD micros, when it was last looked at. */
  readonly shortfallMicros: number;
  readonly startedMs: number;
  readonly startedSequence: number;
  readonly startEquityMicros: number;
  readonly startMaintenanceMicros: number;
  /** When the last step was tried; the start before the first. */
  readonly lastStepMs: number;
  readonly steps: number;
  /** Tries in a row that found no market. */
  readonly failedSteps: number;
  /** Equity was above 0 whenever it was looked at. */
  readonly wasSolvent: boolean;
  /** Others bore a part of its loss. */
  readonly wasCovered: boolean;
}

export const liquidationTable = (): RecordTable<Liquidation> =>
  new RecordTable("liquidations", maxLiquidations, {
    encode(record, out) {
      out.u32(record.id);
      out.integer(record.liquidation);
      out.u8(stages.indexOf(record.stage));
      out.integer(record.auction);
      out.i32(record.instrument);
      out.integer(record.shortfallMicros);
      out.integer(record.startedMs);
      out.integer(record.startedSequence);
      out.integer(record.startEquityMicros);
      out.integer(record.startMaintenanceMicros);
      out.integer(record.lastStepMs);
      out.u32(record.steps);
      out.u32(record.failedSteps);
      out.u8((record.wasSolvent ? 1 : 0) | (record.wasCovered ? 2 : 0));
    },
    decode(from) {
      const id = from.u32();
      const liquidation = from.integer();
      const stage = stages[from.u8()] ?? "auction";
      const auction = from.integer();
      const instrument = from.i32();
      const shortfallMicros = from.integer();
      const startedMs = from.integer();
      const startedSequence = from.integer();
      const startEquityMicros = from.integer();
      const startMaintenanceMicros = from.integer();
      const lastStepMs = from.integer();
      const steps = from.u32();
      const failedSteps = from.u32();
      const flags = from.u8();
      return {
        id,
        liquidation,
        stage,
        auction,
        instrument,
        shortfallMicros,
        startedMs,
        startedSequence,
        startEquityMicros,
        startMaintenanceMicros,
        lastStepMs,
        steps,
        failedSteps,
        wasSolvent: (flags & 1) !== 0,
        wasCovered: (flags & 2) !== 0,
      };
    },
  });
