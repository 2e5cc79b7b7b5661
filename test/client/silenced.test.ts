/** Where nobody can be asked: what the run will do, and what is told of it. */
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { resolveConfig } from '../../src/config/resolve.ts';
import { createScreen } from '../../src/client/screen.ts';
import { askingAsWished, tellSilenced } from '../../src/client/startRun.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';

describe('start-run --print without a terminal', () => {
  const print = async (...more: string[]): Promise<{ asks: boolean; told: string }> => {
    const { stdout, stderr } = await execa(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        path.join(PROJECT_ROOT, 'src/client/main.ts'),
        'start-run',
        '--print',
        ...more,
      ],
      { cwd: PROJECT_ROOT, stdin: 'ignore', env: { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' } },
    );
    return { asks: JSON.parse(stdout).config.AGENT_SETTINGS.INTERACTIVE_MODE, told: stderr };
  };

  test('starts nothing, and tells of the input, not of a run', async () => {
    const { asks, told } = await print();
    expect(asks).toBe(false);
    expect(told).toContain('INTERACTIVE_MODE is false in this input');
    expect(told).not.toContain('so the run goes on by itself');
    expect((await print('--lang', 'zh')).told).toContain('此输入中的 INTERACTIVE_MODE 为 false');
  });

  test.each([
    ['--interactive', true],
    ['--auto', false],
    ['--set=INTERACTIVE_MODE=false', false],
  ])('%s: has what was asked for, and nothing is told', async (flag, asks) => {
    expect(await print(flag)).toEqual({ asks, told: '' });
  });
});

describe('a run that is started where nobody can be asked', () => {
  const config = resolveConfig({});
  const told = (silenced: boolean): string => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      tellSilenced(silenced, createScreen(process.stderr));
      return write.mock.calls.join('');
    } finally {
      write.mockRestore();
    }
  };

  test.each([
    [{}, false, false, true],
    [{}, true, true, false],
    [{ interactive: true }, false, true, false],
    [{ auto: true }, false, false, false],
    [{ auto: true }, true, false, false],
  ])('%j, a terminal: %s: asks: %s, told: %s', (options, terminal, asks, silenced) => {
    const wished = askingAsWished(config, options, { ...createScreen(process.stderr), interactive: terminal });
    expect(wished.config.AGENT_SETTINGS.INTERACTIVE_MODE).toBe(asks);
    expect(wished.silenced).toBe(silenced);
    expect(told(wished.silenced).includes('so the run goes on by itself')).toBe(silenced);
  });
});
