/** Something that the user can put right: shown as one message, without a stack. */
export class UserError extends Error {
  /** Exit code of the command: 2 for bad input, 1 otherwise. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
