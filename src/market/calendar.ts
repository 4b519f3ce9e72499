import { PlimsollError, requireNumber } from "../quantity/error.ts";

// The proleptic Gregorian calendar in integers: the host's `Date` stays out of the core.

/** Milliseconds in a day. */
export const msPerDay = 86_400_000;

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Leap days before 1 January of `year`, counted from year 1. */
const leapDaysBefore = (year: number): number =>
  Math.floor((year - 1) / 4) - Math.floor((year - 1) / 100) + Math.floor((year - 1) / 400);

const yearStartDay = (year: number): number => (year - 1970) * 365 + leapDaysBefore(year) - 477;

/** Days from 1970-01-01, for years 1 to 9999. Days beyond the month's end run into the next month. */
export function dayNumber({ year, month, day }: CivilDate): number {
  const leap = month > 2 && isLeapYear(year) ? 1 : 0;
  return yearStartDay(year) + (daysBeforeMonth[month - 1] ?? 0) + leap + day - 1;
}

const firstMs = -62_135_596_800_000;
const lastMs = 253_402_300_799_999;

/** The UTC date of an instant in the years 1 to 9999. @throws {PlimsollError} `PLM_DOMAIN` for any other. */
export function civilDate(timeMs: number): CivilDate {
  const days = Math.floor(requireNumber("timeMs", timeMs, firstMs, lastMs) / msPerDay);
  let year = 1970 + Math.floor(days / 365.2425);
  while (yearStartDay(year + 1) <= days) year += 1;
  while (yearStartDay(year) > days) year -= 1;
  let month = 12;
  while (month > 1 && dayNumber({ year, month, day: 1 }) > days) month -= 1;
  return { year, month, day: days - dayNumber({ year, month, day: 1 }) + 1 };
}

/** 0 Sunday to 6 Saturday. */
export const dayOfWeek = (timeMs: number): number => (((Math.floor(timeMs / msPerDay) + 4) % 7) + 7) % 7;

/** UTC instant as `2026-03-27T08:00:00Z`. */
export function formatTime(timeMs: number): string {
  const { year, month, day } = civilDate(timeMs);
  const seconds = Math.floor((timeMs - Math.floor(timeMs / msPerDay) * msPerDay) / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${clock}Z`;
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** Time of day at which Deribit's contracts expire: 08:00 UTC. */
export const deribitExpiryTimeMs: number = 8 * 3_600_000;

/** An expiry as in Deribit's instrument names: `27MAR26`, `3APR26`. */
export function expiryLabel(expiryMs: number): string {
  const { year, month, day } = civilDate(expiryMs);
  return `${day}${monthNames[month - 1]}${String(year % 100).padStart(2, "0")}`;
}

/**
 * The instant of a label such as `27MAR26`: 08:00 UTC of that day in the 2000s.
 *
 * @throws {PlimsollError} `PLM_FIELD` when the label is not a date.
 */
export function parseExpiryLabel(label: string, field: string = "expiry"): number {
  const match = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(label);
  const month = monthNames.indexOf(match?.[2] ?? "") + 1;
  const date: CivilDate = { year: 2000 + Number(match?.[3] ?? 0), month, day: Number(match?.[1] ?? 0) };
  const timeMs = dayNumber(date) * msPerDay + deribitExpiryTimeMs;
  const back = month > 0 ? civilDate(timeMs) : undefined;
  if (back === undefined || back.day !== date.day || back.month !== month) {
    throw new PlimsollError("PLM_FIELD", {
      field,
      value: label,
      limit: "a date such as 27MAR26",
      remedy: "Correct the instrument's name.",
    });
  }
  return timeMs;
}

/** Last Friday of a month, as an expiry instant. */
export function lastFridayExpiryMs(year: number, month: number): number {
  const next = month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 };
  const lastDayMs = (dayNumber(next) - 1) * msPerDay;
  return lastDayMs - ((dayOfWeek(lastDayMs) + 2) % 7) * msPerDay + deribitExpiryTimeMs;
}
