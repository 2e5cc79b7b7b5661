/** How a part of the story ends before its time. */

/** Ends the tuning: confirmation, publishing and report follow. */
export class EndRun extends Error {
  readonly byPerson: boolean;

  /** @param byPerson - Whether a person asked for it, rather than a budget. */
  constructor(reason: string, byPerson: boolean, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'EndRun';
    this.byPerson = byPerson;
  }
}
