import { type Problems } from "./problems.ts";

/**
 * Whether a parsed document names the schema and version that its reader knows. Asked before anything else, so that a
 * document of another kind or a later version is not blamed field by field.
 */
export function checkVersion(json: unknown, schemaId: string, problems: Problems): boolean {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    problems.add("PLM_FIELD", {
      field: "document",
      value: json,
      limit: `an object with "schema": "${schemaId}"`,
      remedy: "See docs/formats.md for the format.",
    });
    return false;
  }
  const given: unknown = "schema" in json ? json.schema : undefined;
  if (given === schemaId) return true;
  problems.add("PLM_DOCUMENT_VERSION", {
    field: "schema",
    value: given,
    limit: `"${schemaId}"`,
    remedy:
      given === undefined
        ? "Add the field."
        : "Pass a document of that kind and version, or update Plimsoll.",
  });
  return false;
}
