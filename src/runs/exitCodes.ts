/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, badInput: 2, left: 130 } as const;
