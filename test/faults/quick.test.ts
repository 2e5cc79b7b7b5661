/** The quick selection of the fault matrix; `npm run test:faults` plays the whole of it. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { currentBundle } from '../temporal/stage.ts';
import { Session } from './fault.ts';
import { FAULTS } from './faults.ts';
import { seeded } from './random.ts';
import { Stage } from './stage.ts';

jest.setTimeout(600_000);

const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
let stage: Stage | undefined;
let session: Session;
beforeAll(async () => {
  if (process.platform !== 'linux') return;
  console.log(`repeat with FAULTS_SEED=${seed}`);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const bundle = await currentBundle();
  stage = await Stage.open();
  session = new Session(stage, bundle, seeded(seed));
});

/** Processes are found by /proc. */
const whereFaultsWork = process.platform === 'linux' ? describe : describe.skip;

whereFaultsWork('a real run survives (Linux only)', () => {
  test.each(FAULTS.filter(({ quick }) => quick).map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_name, fault) => {
      // How long it takes depends on the machine; `npm run test:faults` holds it against the targets.
      const { within: _within, ...untimed } = fault;
      expect((await session.play(untimed)).problems).toEqual([]);
    },
  );
});

afterAll(async () => {
  // Undefined when the stage did not open: that failure is the one to tell.
  if (stage) expect((await stage.close()).problems).toEqual([]);
});
