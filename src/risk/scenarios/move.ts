/** How the risk factors of one underlying move in a scenario. */
export interface UnderlyingMove {
  /** Relative change of spot, > −1. */
  readonly spot: number;
  /** Change of ln(30-day at-the-money volatility). */
  readonly volLevel: number;
  /** Change of ln(180-day / 30-day at-the-money volatility) beyond what the level's shape gives. */
  readonly volTerm: number;
  /** Change of ln(25-delta put volatility / 25-delta call volatility). */
  readonly skew: number;
  /** Change of ln(25-delta wing volatility / at-the-money volatility), both wings. */
  readonly smile: number;
  /** Change of the annualised basis ln(forward/spot)/years. */
  readonly basis: number;
}

export const noMove: UnderlyingMove = { spot: 0, volLevel: 0, volTerm: 0, skew: 0, smile: 0, basis: 0 };

/** One joint scenario: every underlying and every asset at once. */
export interface JointScenario {
  readonly id: string;
  readonly label: string;
  /** `historical` scenarios form the distribution of the Expected Shortfall; `stress` ones compete on their own. */
  readonly source: "historical" | "stress";
  /** Time that passes in it, as a share of each class's `horizonHours`, 0 to 1. */
  readonly agingShare: number;
  /** How many past moves a historical scenario stands for; 1 for stress. */
  readonly weight: number;
  /** By underlying symbol; one that is not named does not move. */
  readonly underlyings: ReadonlyMap<string, UnderlyingMove>;
  /** Change of ln(price / peg) by asset: a stablecoin against USD, a staked token against its underlying. */
  readonly pegs: ReadonlyMap<string, number>;
}
