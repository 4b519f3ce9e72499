import { type Machine } from "../machine.ts";

/** What one command may still do for accounts in default, in looks at the margin of an account with a few positions: some microseconds each. */
export interface Work {
  left: number;
}

/** A command's whole budget. Whoever has spent it finishes what it is at: one look, step, deleveraging or sharing of a loss. */
export const newWork = (): Work => ({ left: 2_048 });

/** Positions that are looked at as fast as one. */
const fewPositions = 16;
/** Scenarios of portfolio margin, against fixed rates. */
const portfolioWork = 16;

/** Cost of one look at an account's figures. */
export function figuresWork(m: Machine, account: number): number {
  const positions = Math.ceil(m.positions.count(account) / fewPositions);
  return Math.max(1, positions) * (m.accounts.mode(account) === "portfolio" ? portfolioWork : 1);
}
