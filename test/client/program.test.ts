/** The program's definition: help, examples, languages, and what a mistyped command line is answered with. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { resolveConfig } from '../../src/config/resolve.ts';
import { wordsOf } from '../../src/client/completion/line.ts';
import { createProgram } from '../../src/client/program/program.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { setLanguage } from '../../src/words/catalogue.ts';

afterEach(() => setLanguage('en'));

/** The program in a language, with what it printed, and what its commands were called with. */
function programIn(language: 'en' | 'zh') {
  setLanguage(language);
  const called: unknown[][] = [];
  let printed = '';
  const program = createProgram(
    () =>
      (...given) =>
        void called.push(given),
  );
  const write = (text: string) => void (printed += text);
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: write, writeErr: write, getOutHelpWidth: () => 80 });
  const refused = (line: string): string => {
    printed = '';
    expect(() => program.parse(wordsOf(line), { from: 'user' })).toThrow(CommanderError);
    return printed;
  };
  return { program, called, refused };
}

const commands = programIn('en').program.commands;
/** Without names, addresses and code: what is left must not be English in Chinese help. */
const proseOf = (help: string): string =>
  help
    .split('\n')
    .filter((line) => !/^ {2}(?:npm run|tuning) /.test(line))
    .map((line) => line.replace(/npm run [\w-]+/, ''))
    .join('\n');

/** What a command prints with `--help`, to 80 columns. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => void (help += text), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return help;
}

/** What stands behind the command in each of the examples that its help prints. */
const examplesOf = (command: Command): string[] =>
  helpOf(command)
    .split('Examples:\n')[1]!
    .split('\n')
    .flatMap((line) => /^ {2}(?:npm run|tuning) [\w-]+(?: --)?(?: (.*))?$/.exec(line)?.slice(1) ?? [])
    .map((words) => words ?? '');

describe.each(commands.map((command) => command.name()))('%s', (name) => {
  const command = commands.find((one) => one.name() === name)!;

  test('has examples, which the program itself takes', () => {
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    for (const words of examples) {
      const { program, called } = programIn('en');
      // Those that the launcher serves have no action, and would print their help.
      const action = program.commands.find((one) => one.name() === name)!;
      if (name === 'doctor' || name === 'setup') action.action(() => void called.push([]));
      program.parse([name, ...wordsOf(words).filter(Boolean)], { from: 'user' });
      expect(called).toHaveLength(1);
    }
  });

  test('has help in both languages, with a description of everything', () => {
    for (const language of ['en', 'zh'] as const) {
      const shown = programIn(language).program.commands.find((one) => one.name() === name)!;
      expect(shown.description()).not.toBe('');
      for (const { description } of [...shown.options, ...shown.registeredArguments])
        expect(description).toMatch(language === 'zh' ? /\p{Script=Han}|continue, /u : /\w/);
    }
  });

  test('in Chinese has no line of English', () => {
    const help = helpOf(programIn('zh').program.commands.find((one) => one.name() === name)!);
    expect(help).toContain('示例：');
    expect(proseOf(help)).not.toMatch(/\b(?:Usage|Options|Arguments|Commands|display|choices)\b|[a-z]+ [a-z]+ [a-z]+/);
    const columns = help.split('\n').map((line) => line.replace(/\p{Script=Han}|[，。；：（）、]/gu, '00').length);
    const widest = Math.max(...columns.filter((_width, at) => !/^ {2}(?:npm run|tuning) /.test(help.split('\n')[at]!)));
    expect(widest).toBeLessThanOrEqual(80);
  });
});

test('settings in examples of start-run are such as the configuration takes', () => {
  const words = examplesOf(commands.find((command) => command.name() === 'start-run')!);
  for (const line of words) {
    const set = [...line.matchAll(/--set (\S+)/g)].map(([, assignment]) => assignment!);
    expect(() => resolveConfig({ set })).not.toThrow();
  }
});

test('npm knows every command, and no other that the launcher would be asked for', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const launched = Object.entries(scripts).filter(([, script]) => script.startsWith('node scripts/launch.mjs '));
  expect(launched.map(([name, script]) => [name, script.split(' ').at(-1)])).toEqual(
    launched.map(([name]) => [name, name]),
  );
  expect(launched.map(([name]) => name).sort()).toEqual(commands.map((command) => command.name()).sort());
});

describe('what cannot be followed', () => {
  test.each([
    ['strat-run', "error: unknown command 'strat-run'\n(Did you mean start-run?)"],
    ['start-run --cnfig x', "error: unknown option '--cnfig'\n(Did you mean --config?)"],
    ['show --lang fr', "error: option '--lang <language>' argument 'fr' is invalid. Allowed choices are zh, en."],
    ['decide', "error: missing required argument 'run'"],
    ['schedule lst', 'Allowed choices are add, list, show, pause, resume, run-now, remove.\n(Did you mean list?)'],
  ])('%s', (line, answer) => {
    const printed = programIn('en').refused(line);
    expect(printed).toContain(answer);
    expect(printed).toMatch(/--help tells more\)\n$/);
  });

  test.each([
    ['strat-run', "错误：未知命令 'strat-run'\n（您是否想输入 start-run？）"],
    ['start-run --cnfig x', "错误：未知选项 '--cnfig'\n（您是否想输入 --config？）"],
    ['remove x --ye --jso', "错误：未知选项 '--ye'"],
    ['--lang fr runs', "错误：选项 '--lang <语言>' 的取值 'fr' 无效。允许：zh, en。"],
    ['decide', "错误：缺少参数 '运行'"],
    ['compare a', "错误：缺少参数 '运行'"],
    ['compare a b c', "错误：'compare' 的参数过多。应为 2 个，却给出了 3 个：a, b, c。"],
    ['show a b', "错误：'show' 的参数过多。应为 1 个，却给出了 2 个：a, b。"],
    ['fork x', "错误：必须给出选项 '--at <试验>'"],
    ['fork x --at', "错误：选项 '--at <试验>' 缺少取值"],
    ['worker --queue x', "错误：选项 '--queue <队列>' 的取值 'x' 无效。允许：tuning, training。"],
    [
      'schedule lst',
      "错误：参数 '操作' 的取值 'lst' 无效。允许：add, list, show, pause, resume, run-now, remove。\n（您是否想输入 list？）",
    ],
    ['completion csh', "错误：参数 'shell' 的取值 'csh' 无效。允许：bash, zsh, fish。"],
  ])('in Chinese: %s', (line, answer) => {
    const printed = programIn('zh').refused(line);
    expect(printed).toContain(answer);
    expect(printed).not.toMatch(/error|Expected|Allowed|mean/);
  });
});

test('the help of the program names every command, below its heading', () => {
  let help = '';
  const { program } = programIn('en') as { program: Command };
  program.configureOutput({ writeOut: (text) => void (help += text) });
  program.outputHelp();
  for (const command of commands) expect(help).toContain(`\n  ${command.name()} `);
  for (const heading of ['Begin:', 'See and steer:', 'Tidy up:', 'The local stack:', 'Set up:'])
    expect(help).toContain(`\n${heading}\n`);
});
