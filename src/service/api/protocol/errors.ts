import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { type ErrorCode } from "../../../quantity/error.ts";
import { object, text, word } from "./schema.ts";

/** Facts of an error: what a {@link PlimsollError} says, as JSON. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly field: string;
  readonly value: string;
  readonly limit: string;
  readonly remedy: string;
  readonly message: string;
}

/** The body of every HTTP answer that isn't a success, except the rejections of the machine. */
export interface ErrorBody {
  readonly error: ApiError;
}

/** The codes that the API answers with, and the HTTP status of each. All others are 503: the service's own trouble. */
export const statusOfCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  PLM_DOCUMENT_VERSION: 400,
  PLM_DOMAIN: 400,
  PLM_DUPLICATE: 400,
  PLM_ENCODING: 415,
  PLM_FIELD: 400,
  PLM_JSON_SYNTAX: 400,
  PLM_LIMIT: 413,
  PLM_METHOD: 405,
  PLM_NONCE: 409,
  PLM_RATE: 429,
  PLM_SESSION: 401,
  PLM_SIGNATURE: 401,
  PLM_UNKNOWN: 404,
  PLM_UNSUPPORTED: 404,
  PLM_USAGE: 400,
};

/** Of an error code. */
export const statusOf = (code: ErrorCode): number => statusOfCode[code] ?? 503;

export const apiErrorSchema: JsonSchema = object<ApiError>("What was wrong, and what to do.", {
  code: word(
    "Stable code. docs/errors.md lists them.",
    ...Object.keys(statusOfCode),
    "PLM_BUSY",
    "PLM_UNAVAILABLE",
  ),
  field: text("Path of the offending field."),
  value: text("The offending value, shortened."),
  limit: text("What would have been accepted."),
  remedy: text("What to do next."),
  message: text("All of it as a sentence."),
});

/** Referred to as {@link errorBodyRef}. */
export const errorBodySchema: JsonSchema = {
  $id: "ErrorBody",
  ...object<ErrorBody>("A refused request; it changed nothing.", { error: apiErrorSchema }),
};

export const errorBodyRef: JsonSchema = { $ref: "ErrorBody#" };
