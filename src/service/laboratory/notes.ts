/** What is assumed, simulated or filtered, for the report. */
export const laboratoryNotes: readonly string[] = [
  "Prices against dollar stablecoins are taken as prices in dollars.",
  "Where a perpetual was not recorded its mark is its coin's spot price, so that books between the two are opened only where both were.",
  "Funding, fees and the rewards of staking are not part of a loss.",
  "Margin is asked for every 25 hours, so that every hour of the day has its turn; windows of one book and horizon never overlap.",
  "Windows of 1 and 4 hours are taken at every fourth instant of the training span, and at every instant after it.",
  "A window counts only where its prices were recorded at both ends on the same market, with no gap of more than six hours between.",
  "A series that comes back after a day or more at ten times its price, or a tenth of it, is another coin under the same name.",
  "A coin is traded once it has been recorded for 60 days. Coins that were delisted before they were recorded are not here.",
  "A single day on which a staked token stands 4 % from its ratio of both the day before and the day after, on one side of both, is left out.",
  "Rules of venues have the figures of their shipped sheets on every day: what a venue changed over the years is not followed.",
  "A model does not margin a book whose deposits it refuses, nor one whose unhedged deposits or debts it asks nothing for.",
  "Simulated options have recorded prices of their coins, and volatility surfaces drawn around the recorded or estimated level.",
];
