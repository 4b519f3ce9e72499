import { type TInteger, type TNumber, type TString, Type } from "typebox";

/** Bounds that every document shares. They keep each figure derived from a valid document finite. */

/** Most instruments, and most quotes, of one market. */
export const maxInstruments = 100_000;
/** Most underlyings, and most assets, of one market. */
export const maxUnderlyings = 1_000;
/** Most expiries of one underlying. */
export const maxExpiries = 1_000;
/** Most positions, and most orders, of one portfolio. */
export const maxPositions = 10_000;
/** Smallest and largest price, index, forward or contract size. */
export const priceBounds: { readonly minimum: number; readonly maximum: number } = {
  minimum: 1e-12,
  maximum: 1e12,
};
/** Largest volatility: 100 is 10,000 % a year. */
export const maxVol = 100;
/** Latest instant: the end of the year 9999. */
export const maxTimeMs = 253_402_300_799_999;

export const identifier = (description: string): TString =>
  Type.String({ minLength: 1, maxLength: 128, description });

export const price = (description: string): TNumber => Type.Number({ ...priceBounds, description });

/** A mark, bid or ask: an option's may be zero. */
export const quotedPrice = (description: string): TNumber =>
  Type.Number({ minimum: 0, maximum: priceBounds.maximum, description });

export const amountUsd = (description: string): TNumber =>
  Type.Number({ minimum: 0, maximum: 1e15, description });

export const fraction = (description: string): TNumber =>
  Type.Number({ minimum: 0, maximum: 1, description });

export const vol = (description: string): TNumber =>
  Type.Number({ minimum: 0, maximum: maxVol, description });

export const timeMs = (description: string): TInteger =>
  Type.Integer({ minimum: 0, maximum: maxTimeMs, description: `${description} UTC epoch milliseconds.` });
