import { RecordTable } from "../record-table.ts";

/** Most requests that wait for the end of their cooldown. */
export const maxUnstakes = 65_536;
/** Of one account. */
export const maxUnstakesPerAccount = 16;

/** Shares of the staked tranche that will be paid out at what they are worth at `dueMs`. They wait on the tranche's account. */
export interface Unstake {
  readonly id: number;
  readonly account: number;
  readonly shares: number;
  readonly dueMs: number;
}

export const unstakeTable = (): RecordTable<Unstake> =>
  new RecordTable("unstakes", maxUnstakes, {
    encode(record, out) {
      out.integer(record.id);
      out.u32(record.account);
      out.integer(record.shares);
      out.integer(record.dueMs);
    },
    decode: (from) => ({
      id: from.integer(),
      account: from.u32(),
      shares: from.integer(),
      dueMs: from.integer(),
    }),
  });
