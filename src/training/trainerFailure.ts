/** A failure that the trainer, or its death, reported. */

/** `kind` is one of the product's failure kinds, or the trainer's own: cancelled, fenced, busy, changed, protocol, not_started. */
export class TrainerFailure extends Error {
  readonly kind: string;
  readonly facts: Record<string, unknown>;

  constructor(kind: string, message: string, facts: Record<string, unknown> = {}) {
    super(message);
    this.name = 'TrainerFailure';
    this.kind = kind;
    this.facts = facts;
  }
}
