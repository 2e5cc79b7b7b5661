/** Every text for people that is made beside the story is said, so that a reader of Chinese has it in Chinese. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { plainTexts } from './plainTexts.ts';

/** In the others most texts are made in both languages at once. */
const FOLDERS = ['config', 'activities', 'training', 'store', 'local', 'worker', 'processes'];
/** Lines of logs and descriptions of metrics, which are English. */
const OF_LOGS: ReadonlySet<string> = new Set([
  'another host trains this trial now; its checkpoints count',
  'a checkpoint could not be put into the store',
  'earlier runs cannot be read',
  'answered by another run',
  'the history of trials cannot be used',
  'the store is away; what is finished stays here and is put later',
  'the store could not be tidied',
  'the store does not answer; the work begins without asking it',
  'the store does not answer',
  'earlier trainings of the run are archived on another machine',
  'a log could not be cut',
  'training failed',
  'a result is damaged; the trial is trained again',
  'the trainer does not say how many trainings it takes at once; one is assumed',
  'a forked training hung before its first step; from now on each gets a fresh process',
  'the trainer does not end a training that hangs; it is ended itself',
  'the trainer wrote a line that is no event',
  "the trainer's channel broke",
  'the output of a member could not be cut',
  'the server keeps runs that are over for its own time only',
  'a member of the local stack ended; it is started again',
  'the sources changed under the local stack; npm run up restarts it',
  'ending what an earlier supervisor left running',
  'worker is ready',
  'a version takes work once it is current: temporal worker deployment set-current-version --deployment-name ',
  'the Temporal server does not serve the namespace yet',
  'the Temporal server does not answer yet',
  'the supervisor is gone; starting another one',
  'trainings that ended, by outcome',
  'seconds of finished trainings',
  "tokens of the adviser's answers",
  "the trainer's log could not be cut",
  'takes trainings',
  'the trainer is broken: this machine takes no trainings until it starts',
  'the trainer does not start',
]);

test.each(FOLDERS)('no text of src/%s is English alone', (folder) => {
  const below = path.join(PROJECT_ROOT, 'src', folder);
  const found = readdirSync(below, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => plainTexts(readFileSync(path.join(below, name), 'utf8')));
  expect(found.filter((text) => !OF_LOGS.has(text))).toEqual([]);
});
