/** Bounds of the registry and of what publishers may say. They keep each product that the engine forms within its integers. */

export const maxAssets = 64;
export const maxUnderlyings = 256;
/** Instruments that have not yet expired. */
export const maxLiveInstruments = 16_384;
/** Instruments ever listed: numbers are not given twice. */
export const maxInstruments = 1_048_576;
/** Underlyings' feeds and assets' own. */
export const maxFeeds: number = maxAssets + maxUnderlyings;
/** Publishers whose last reports one feed keeps. */
export const maxPublishers = 32;
/** Publishers whose last surfaces one underlying keeps. */
export const maxSurfacePublishers = 8;
/** Expiries of one published surface. */
export const maxSlices = 64;
/** Parameters that may be on their way to a new value at once. */
export const maxRamps = 4_096;

/** Largest price in micros: 100 million USD. */
export const maxPriceMicros = 100_000_000_000_000;
/** A report from further ahead of the machine's time is refused: a clock is wrong. */
export const maxAheadMs = 1_000;
/** Latest instant: the end of the year 9999. */
export const maxTimeMs = 253_402_300_799_999;
export const maxNameLength = 64;
