/** What a shell is offered at the cursor: by the rules, and in real shells. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerTo } from '../../src/client/completion/candidates.ts';
import { completionScript } from '../../src/client/completion/completionScript.ts';
import { knownHere } from '../../src/client/completion/known.ts';
import { typedIn, wordsOf } from '../../src/client/completion/line.ts';
import { SHELLS } from '../../src/client/completion/shells.ts';
import { createProgram } from '../../src/client/program/program.ts';
import { agentSettingsSchema } from '../../src/domain/agentSettings.ts';
import { DECISIONS } from '../../src/domain/decisionNames.ts';
import { trainingConfigSchema } from '../../src/domain/trainingConfig.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'completion-'));
const RUNS = ['answers-20260102-101010', 'sample-20260101-101010'];
beforeAll(() => {
  for (const run of RUNS) mkdirSync(path.join(folder, run));
  mkdirSync(path.join(folder, 'no-run'));
  const record = { state: { config: { TUNABLE_KEYS: { depth: { type: 'int', choices: [1, 2, 3] } } } } };
  writeFileSync(path.join(folder, RUNS[1]!, 'run.json'), JSON.stringify(record));
});
afterAll(() => rmSync(folder, { recursive: true }));

const program = createProgram(() => () => {});
const known = knownHere({ TUNING_OUTPUT_DIR_ROOT: folder });
function offered(line: string): string[] | 'files' | null {
  const typed = typedIn(wordsOf(line));
  const answer = typed && answerTo(typed, program, known);
  return Array.isArray(answer) ? answer.map(({ value }) => value) : answer;
}

describe('at the cursor', () => {
  test.each<[string, string[] | 'files' | null]>([
    ['tuning st', ['start-run', 'status']],
    ['tuning --lang ', ['zh', 'en']],
    ['tuning --lang zh sho', ['show']],
    ['tuning show ', RUNS],
    ['tuning show sam', [RUNS[1]!]],
    ['tuning compare answers-20260102-101010 s', [RUNS[1]!]],
    ['tuning decide sam ', [...DECISIONS, 'stop']],
    ['tuning decide sam set ', ['depth=']],
    ['tuning decide sam set depth=', ['depth=1', 'depth=2', 'depth=3']],
    ['tuning decide sam key ', ['depth']],
    ['tuning decide sam pause ', ['--lang', '--help']],
    ['tuning decide answers key WARM', ['WARMUP_RATIO']],
    ['tuning start-run --na', ['--name']],
    ['tuning start-run --name x --na', []],
    ['tuning start-run --set SEED=1 --se', ['--set']],
    ['tuning start-run --set LEARN', ['LEARNING_RATE=']],
    ['tuning start-run --set PRUNING=', ['PRUNING=true', 'PRUNING=false']],
    ['tuning start-run --set POOLING=m', ['POOLING=mean', 'POOLING=max']],
    ['tuning start-run --set TRAINING_SLOTS=', ['TRAINING_SLOTS=auto']],
    ['tuning start-run --config ', 'files'],
    ['tuning check-data --config=da', 'files'],
    ['tuning check-data ', 'files'],
    ['tuning worker --queue=', ['--queue=tuning', '--queue=training']],
    ['tuning new-tuning --direction ', ['maximize', 'minimize']],
    ['tuning new-tuning --metric ', []],
    ['tuning completion ', [...SHELLS]],
    ['tuning up ', ['--lang', '--help']],
    ['tuning nonsense --', ['--lang', '--help']],
    ["tuning start-run --name 'a b' --set LOSS=cosi", ['LOSS=cosine']],
    ['npm run sho', ['show']],
    ['npm run --silent show -- sam', [RUNS[1]!]],
    ['npm run show sam', [RUNS[1]!]],
    ['npm run start-run ', ['--']],
    ['npm run start-run -- --de', ['--detach']],
    ['npm run tuning -- runs --j', ['--json']],
    ['npm install ', null],
    ['tuning', null],
  ])('%s', (line, values) => {
    expect(offered(line)).toEqual(values);
  });

  test('every setting is offered', () => {
    const settings = [...Object.keys(trainingConfigSchema.shape), ...Object.keys(agentSettingsSchema.shape)];
    expect(offered('tuning start-run --set ')).toEqual(settings.map((key) => `${key}=`));
  });
});

/** What a shell shows after a script was read; where it is not installed there is nothing to see. */
const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
function inShell(shell: string, script: string, args: string[] = []): string {
  const { stdout, stderr } = spawnSync(shell, [...args, '-c', script], {
    encoding: 'utf8',
    cwd: PROJECT_ROOT,
    env: { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', TUNING_OUTPUT_DIR_ROOT: folder },
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe('in bash', () => {
  const bash = async (line: string, how = 'tuning'): Promise<string> => {
    writeFileSync(path.join(folder, 'bash'), await completionScript('bash'));
    const quoted = line.replaceAll("'", `'\\''`);
    return inShell(
      'bash',
      `source ${folder}/bash; complete -p ${how} | sed 's/.*-F \\([^ ]*\\).*/\\1/' > ${folder}/function
       COMP_LINE='${quoted}'; COMP_POINT=\${#COMP_LINE}; $(cat ${folder}/function); IFS=' '; echo "\${COMPREPLY[*]}"`,
      ['--norc'],
    );
  };

  test('commands, runs and settings are completed', async () => {
    expect(await bash('tuning st')).toBe('start-run status');
    expect(await bash('tuning show ans')).toBe(RUNS[0]);
    // Behind `=`, which parts words in bash, only the rest is put in.
    expect(await bash('tuning start-run --set LOSS=cosi')).toBe('cosine');
    expect(await bash('tuning start-run --config package.j')).toBe('package.json');
    expect(await bash('npm run decide sam sto', 'npm')).toBe('stop-round stop-parameter stop-run stop-now stop');
  });

  test('nothing of what is typed is run', async () => {
    await bash(`tuning show $(touch ${folder}/run) \`touch ${folder}/run\` ; touch ${folder}/run '`);
    expect(spawnSync('ls', [path.join(folder, 'run')]).status).not.toBe(0);
  });

  test('another completion of npm is asked where ours has nothing', async () => {
    writeFileSync(path.join(folder, 'twice'), `${await completionScript('bash')}\n${await completionScript('bash')}`);
    const script = `other() { COMPREPLY=(theirs); }; complete -F other npm; source ${folder}/twice
      COMP_LINE='npm inst'; COMP_POINT=8; _tuning_complete_npm; echo "\${COMPREPLY[*]}"`;
    expect(inShell('bash', script, ['--norc'])).toBe('theirs');
  });
});

(isThere('zsh') ? describe : describe.skip)('in zsh', () => {
  test('the script is sound, and offers what was asked for', async () => {
    writeFileSync(path.join(folder, 'zsh'), await completionScript('zsh'));
    const script = `source ${folder}/zsh; compadd() { print -r -- "\${values[*]}\${open[*]}" }
      words=(tuning start-run --set LEARN); CURRENT=4; _tuning_complete`;
    expect(inShell('zsh', script, ['-f'])).toContain('LEARNING_RATE=');
  });
});

(isThere('fish') ? describe : describe.skip)('in fish', () => {
  test('commands and settings are completed', async () => {
    writeFileSync(path.join(folder, 'fish'), await completionScript('fish'));
    const script = (line: string) => `source ${folder}/fish; complete -C '${line}'`;
    expect(inShell('fish', script('tuning sho'), ['--no-config'])).toBe("show\tone run's trials");
    expect(inShell('fish', script('npm run show sam'), ['--no-config'])).toContain(RUNS[1]);
  });
});
