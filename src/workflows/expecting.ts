/** Every training of the search has an interval for its score before it begins, whoever thought of it. */
import { said } from '../domain/said.ts';
import { studyRequest } from '../domain/studyRequest.ts';
import { EndRun } from './outcomes.ts';
import type { Host } from './host.ts';
import type { Attempt } from './training.ts';

/** Those of the search model bring theirs along; people's, and most of a language model's, do not. */
const lacksOne = ({ purpose, predicted }: Attempt): boolean =>
  (purpose === 'round' || purpose === 'base_config') && !predicted?.byModel;

/**
 * The same attempts with what the search model expects of each; without it where it does not answer.
 *
 * @throws EndRun when a person ends the run meanwhile.
 */
export async function withExpectations(host: Host, attempts: readonly Attempt[]): Promise<readonly Attempt[]> {
  const { state, steps } = host;
  const asked = attempts.filter(lacksOne);
  if (host.release < 4 || asked.length === 0) return attempts;
  try {
    const { expected = [] } = await host.interruptible(() =>
      steps.studySearch('what is expected of these trainings', {
        run: state.run,
        study: { ...studyRequest(state, null, 0), expect: asked.map(({ values }) => values) },
      }),
    );
    return attempts.map((attempt) => {
      const at = asked.indexOf(attempt);
      if (at < 0) return attempt;
      const byAdviser = attempt.predicted?.byAdviser ?? null;
      return { ...attempt, predicted: { byModel: expected[at] ?? null, byAdviser } };
    });
  } catch (error) {
    if (host.isCancellation(error) || error instanceof EndRun) throw error;
    state.notes.push(said`nothing is known of what was to be expected: ${host.describeError(error).message}`);
    return attempts;
  }
}
