export * from "./margin-parameters.ts";
export {
  checkMarginParametersText,
  checkMarginParametersValue,
  marginParametersSchema,
  parseMarginParameters,
} from "./parameters-document.ts";
