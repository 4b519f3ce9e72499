export * from "./margin-model.ts";
export * from "./account-value.ts";
export * from "./book-greeks.ts";
export * from "./efficiency.ts";
export * from "./fixed-rate/index.ts";
export * from "./liquidation/liquidation-price.ts";
export * from "./liquidation/shock-market.ts";
export * from "./backtest/index.ts";
