/** Addresses that settings may hold: never with a password, since a configuration is shown, kept and reported. */
import { said } from './said.ts';

/** Whether an address holds `user:password@`: keys belong into OPENAI_API_KEY, not into addresses that are shown. */
export function hasCredentials(address: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*@/i.test(address);
}
export const NO_CREDENTIALS = said`allowed: an http(s) address without user:password@; keys go into OPENAI_API_KEY`;

/** An http(s) address without a password, or where the worker has one. */
export const isWebhook = (given: string): boolean =>
  /^env:[A-Za-z_]\w*$/.test(given) || (/^https?:\/\/\S+$/.test(given) && URL.canParse(given) && !hasCredentials(given));
export const WEBHOOK_ALLOWED = said`allowed: an http(s) address without user:password@, or env:NAME, the variable of the worker (or its .env) that holds one; addresses that are secrets belong there`;

/** An http(s) address without a password; MLflow's client takes it from the worker's environment. */
export const isTrackingUri = (given: string): boolean =>
  /^https?:\/\/\S+$/.test(given) && URL.canParse(given) && !hasCredentials(given);
export const TRACKING_ALLOWED = said`allowed: an http(s) address without user:password@; those go into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, of the worker (or its .env)`;
