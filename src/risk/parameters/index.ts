export * from "./margin-parameters.ts";
export { wholeShocks } from "./whole-shocks.ts";
export {
  checkMarginParametersText,
  checkMarginParametersValue,
  marginParametersSchema,
  parseMarginParameters,
} from "./parameters-document.ts";
