/** Rows that a person edits while a run is under way. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../src/projectRoot.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const folderOf = (stage: Stage): string => path.join(stage.home, 'own-data');

/** Found before the next training, not after it: the run ends with the reason, and publishes the best of the right rows. */
const EDITED: Fault = {
  name: 'data-edited-in-mid-run',
  size: 'short',
  otherAnswers: true,
  prepare: (stage) => {
    cpSync(path.join(PROJECT_ROOT, 'data', 'sample'), folderOf(stage), { recursive: true });
    stage.environment['TUNING_DATASET_NAME'] = folderOf(stage);
    stage.points.arm('result-written', 'any pause');
  },
  inject: async (stage) => {
    await stage.points.reached('result-written');
    const file = path.join(folderOf(stage), 'train.csv');
    const [head, , ...rows] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [head, ...rows].join('\n'));
    const at = Date.now();
    stage.points.release('result-written');
    return { at, signs: 'workflow' };
  },
  also: ({ outcome, trials }, stage) => {
    delete stage.environment['TUNING_DATASET_NAME'];
    rmSync(folderOf(stage), { recursive: true });
    const report = readFileSync(path.resolve(PROJECT_ROOT, outcome.report), 'utf8');
    return [
      ...(report.includes('the rows are not those that the run began with') ? [] : ['the report does not say why']),
      ...(trials.filter(({ result }) => result).length === 1 ? [] : ['something was trained on other rows']),
    ];
  },
};

export const DATA: Fault[] = [EDITED];
