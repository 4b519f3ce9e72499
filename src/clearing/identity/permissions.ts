import { type CommandType, type Role } from "../protocol/index.ts";

/** What a session key must have been given to send a command of its account. */
export type SessionPermission = "canTrade" | "canTransfer";

/** Who may send a command. */
export type Permission =
  /** The sequencer alone: nobody signs it. */
  | { readonly by: "sequencer" }
  /** Any address: it acts for nobody but itself. */
  | { readonly by: "address" }
  /** Whoever holds one of the roles. */
  | { readonly by: "role"; readonly roles: readonly Role[] }
  /** The owner of the account that the command names, and session keys that have the permission, if one is named. */
  | { readonly by: "owner"; readonly session: SessionPermission | undefined };

const holdersOf = (...roles: Role[]): Permission => ({ by: "role", roles });
const owner: Permission = { by: "owner", session: undefined };
const trading: Permission = { by: "owner", session: "canTrade" };

/** The one table of who may do what. docs/protocol.md shows it. */
export const permissions: Readonly<Record<CommandType, Permission>> = {
  genesis: { by: "sequencer" },
  tick: { by: "sequencer" },
  grantRole: holdersOf("admin"),
  listAsset: holdersOf("operator"),
  listUnderlying: holdersOf("operator"),
  listInstrument: holdersOf("operator"),
  setInstrumentStatus: holdersOf("operator", "guardian"),
  setVenueStatus: holdersOf("guardian"),
  setParameter: holdersOf("risk"),
  setRiskDocument: holdersOf("risk"),
  publishPrices: holdersOf("publisher"),
  publishSurface: holdersOf("publisher"),
  openAccount: { by: "address" },
  setMarginMode: owner,
  authorizeKey: owner,
  revokeKey: owner,
  deposit: holdersOf("treasurer"),
  withdraw: owner,
  settleWithdrawal: holdersOf("treasurer"),
  transfer: { by: "owner", session: "canTransfer" },
  placeOrder: trading,
  cancelOrder: trading,
  cancelAll: trading,
  amendOrder: trading,
  massQuote: trading,
  requestQuote: trading,
  offerQuote: trading,
  acceptQuote: trading,
  createPool: holdersOf("operator"),
  addLiquidity: trading,
  removeLiquidity: trading,
  fundPoolBudget: owner,
  adjustPool: holdersOf("operator"),
  callLiquidation: trading,
  bid: trading,
  stakeFund: owner,
  unstakeFund: owner,
  donateFund: owner,
  hedgeFund: holdersOf("risk"),
};

const roleBits: Readonly<Record<Role, number>> = {
  admin: 1,
  operator: 2,
  risk: 4,
  publisher: 8,
  treasurer: 16,
  guardian: 32,
};

/** Roles as a set of bits. */
export function bitsOf(roles: readonly Role[]): number {
  let bits = 0;
  for (const role of roles) bits |= roleBits[role];
  return bits;
}
