/** Names of variables and settings whose values must not reach a child process, a log, a record or a report. */
export const SECRET_NAME = /(API_?KEY|ACCESS_KEY|PAYLOAD_(OLD_)?KEYS?|TOKEN|SECRET|PASSWORD|CREDENTIAL)/i;

/** Counts of tokens, and what makes them: no secrets where a person names a setting. */
const OF_TEXT = /TOKENS|TOKENI[SZ]/gi;
/** Where a secret lies, which is none itself. */
const A_PLACE = /(FILE|PATH)$/i;

/** Whether a setting that somebody has named is likely to hold a secret: `API_KEY`, but not `SEQ_TOKENS` or `API_KEY_FILE`. */
export const soundsSecret = (key: string): boolean => !A_PLACE.test(key) && SECRET_NAME.test(key.replace(OF_TEXT, ''));
