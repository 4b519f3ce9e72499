/** How a closed position leaves its account. Money in one unit. */
export interface ClosedPosition {
  /** Collateral before, ≥ 0. */
  readonly margin: bigint;
  /** Profit of the closing, signed. */
  readonly realisedPnl: bigint;
  /** Reward of the liquidator, ≥ 0; paid whether or not the account can. */
  readonly fee: bigint;
}

export interface ClosedAccount {
  /** Left for the account, ≥ 0. */
  readonly remaining: bigint;
  /** Of the fee and the loss what the account cannot pay, ≥ 0. */
  readonly badDebt: bigint;
}

/** Margin + profit − fee, as what remains or what lacks: one of the two is 0. Source: Perpetual Protocol v1. */
export function closeAccount({ margin, realisedPnl, fee }: ClosedPosition): ClosedAccount {
  const rest = margin + realisedPnl - fee;
  return rest >= 0n ? { remaining: rest, badDebt: 0n } : { remaining: 0n, badDebt: -rest };
}

/** Who bore a loss, in the order asked. */
export interface LossSplit {
  /** Of each layer, from 0 to what it had. */
  readonly paid: readonly bigint[];
  /** What no layer had: to be shared out, or left standing. */
  readonly unpaid: bigint;
}

/**
 * Takes a loss ≥ 0 from layers in order, each to its end before the next: what the account has left, the market's own insurance, the
 * common fund. Σ paid + unpaid = loss. A layer below 0 counts as empty.
 *
 * Sources: Drift v2 (market claim, insurance vault, social loss), Derive v2 (security module, then socialised), Morpho Blue (lenders at
 * once).
 */
export function splitLoss(loss: bigint, layers: readonly bigint[]): LossSplit {
  let unpaid = loss;
  const paid = layers.map((layer) => {
    const part = layer <= 0n ? 0n : layer < unpaid ? layer : unpaid;
    unpaid -= part;
    return part;
  });
  return { paid, unpaid };
}
