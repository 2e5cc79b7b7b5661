/** One run on the table whose estimates are written down as it goes on. */
import { AT_THE_END, BESIDE_TRAINING, wholeRun } from '../../../src/domain/estimate.ts';
import type { Estimate, Timing } from '../../../src/domain/estimated.ts';
import type { RunState } from '../../../src/domain/runState.ts';
import { mix, valuesOf } from '../advice/grid.ts';
import type { Grid } from '../advice/grid.ts';
import { methodOf } from '../advice/methods.ts';
import type { MethodName } from '../advice/methods.ts';
import type { Job } from '../advice/settings.ts';
import { play } from '../advice/story.ts';
import type { Services } from '../advice/story.ts';

/** Kinds of runs that are watched: as they are by default, and as they are usually changed. */
export const METHODS_ESTIMATED: { method: MethodName; budget: number }[] = [
  { method: 'by_parameter, as shipped, 1 slot', budget: 10 },
  { method: 'by_parameter, as shipped, 2 slots', budget: 10 },
  { method: 'by_parameter, as shipped, 2 slots', budget: 19 },
  { method: 'adaptive, as shipped, 1 slot', budget: 19 },
  { method: 'free, as shipped, 4 slots', budget: 10 },
  { method: 'by_parameter, whole', budget: 10 },
  { method: 'by_parameter, whole', budget: 19 },
];

export interface Watched {
  first: Estimate;
  /** After each training's begin: seconds since the run's, and what the whole run was expected to take. */
  told: { at: number; estimate: Estimate }[];
  seconds: number;
  trainings: number;
}

/** Standard deviation of what a mini-training gets wrong, in logarithms: as between the real ones and their runs. */
const TIMING_ERROR = 0.1;

export async function watched(grid: Grid, job: Job, services: Services): Promise<Watched> {
  const slots = methodOf(job.method).TRAINING_SLOTS ?? 1;
  const told: Watched['told'] = [];
  let begun = 0;
  // What a run does beside its trainings takes no simulated time.
  const beside = () => BESIDE_TRAINING * begun;
  const look = (state: RunState, clock: number) => {
    state.timing ??= timingOf(grid, state, job.run);
    const at = clock + beside();
    told.push({ at, estimate: wholeRun({ ...state, trainer: { ...state.trainer!, slots } }, at)! });
    begun += 1;
  };
  const { trainings, makespan } = await play(grid, job, services, [], { slots, look });
  return { first: told[0]!.estimate, told, seconds: makespan + beside() + AT_THE_END, trainings: trainings.length };
}

/** What a mini-training would say of the table's default: its parts fitted to the table's seconds, with an error. */
export function timingOf(grid: Grid, { config: { DEFAULT_CONFIG: defaults } }: RunState, run: number): Timing {
  const { fixed, step, stepFixed } = partsOf(grid, defaults.TRAIN_BATCH_SIZE);
  const totalSteps = Math.ceil(ROWS / defaults.TRAIN_BATCH_SIZE) * defaults.NUM_TRAIN_EPOCHS;
  const wrong = Math.exp(TIMING_ERROR * normal(run));
  return {
    step: wrong * step,
    stepFixed: wrong * stepFixed,
    // Looks are part of what does not change; the table's held-out scores take no time.
    evaluation: 0,
    startup: 0,
    save: wrong * fixed,
    totalSteps,
    timed: 8,
  };
}

/** Training rows of the table's trainings. */
const ROWS = 200;

/** seconds = fixed + epochs × rows × (perStep / batch + perRow), by least squares over the table. */
function partsOf(grid: Grid, batch: number): { fixed: number; step: number; stepFixed: number } {
  const points = grid.truth.map((_, place) => {
    const values = valuesOf(grid, place);
    const epochs = Number(values['NUM_TRAIN_EPOCHS']);
    const seconds = grid.seconds.slice(place * grid.draws, (place + 1) * grid.draws);
    return {
      x: [1, (epochs * ROWS) / Number(values['TRAIN_BATCH_SIZE']), epochs * ROWS],
      y: seconds.reduce((sum, value) => sum + value, 0) / seconds.length,
    };
  });
  const [fixed, perStep, perRow] = leastSquares(points) as [number, number, number];
  return { fixed, step: perStep + perRow * batch, stepFixed: perStep };
}

/** Solves the normal equations by elimination. */
function leastSquares(points: { x: number[]; y: number }[]): number[] {
  const size = points[0]!.x.length;
  const rows = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => points.reduce((sum, { x }) => sum + x[i]! * x[j]!, 0)),
    points.reduce((sum, { x, y }) => sum + x[i]! * y, 0),
  ]);
  for (let pivot = 0; pivot < size; pivot += 1)
    for (let row = 0; row < size; row += 1) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!;
      rows[row] = rows[row]!.map((value, column) => value - factor * rows[pivot]![column]!);
    }
  return rows.map((row, index) => row[size]! / row[index]!);
}

/** A normal deviate that belongs to a run (Box & Muller 1958). */
function normal(run: number): number {
  const [one, other] = [mix(1, run), mix(2, run)].map((value) => (value + 1) / 2 ** 32) as [number, number];
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other);
}
