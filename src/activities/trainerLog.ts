/** What libraries print during one command of the trainer: kept from growing without end while the command runs. */
import { Context } from '@temporalio/activity';
import { keepBounded } from '../processes/boundedOutput.ts';

/** A trial's log is one of many, so it keeps one former file only. */
const FORMER = 1;

/** Bounds the file until the returned function is called. */
export function boundTrainerLog(file: string): () => void {
  const { log } = Context.current();
  return keepBounded([file], (error) => log.warn('a log could not be cut', { file, message: String(error) }), {
    former: FORMER,
  });
}
