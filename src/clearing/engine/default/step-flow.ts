import { RecordTable } from "../record-table.ts";

/** Notional that liquidation steps traded in one instrument in the running interval. */
export interface StepFlow {
  /** The instrument. */
  readonly id: number;
  readonly startMs: number;
  readonly micros: number;
}

/** As many as there may be instruments with steps at one time; entries of past intervals make room. */
export const maxStepFlows = 4_096;

export const stepFlowTable = (): RecordTable<StepFlow> =>
  new RecordTable("liquidation-flow", maxStepFlows, {
    encode(record, out) {
      out.u32(record.id);
      out.integer(record.startMs);
      out.integer(record.micros);
    },
    decode: (from) => ({ id: from.u32(), startMs: from.integer(), micros: from.integer() }),
  });
