import { afterEach, describe, expect, test } from '@jest/globals';
import path from 'node:path';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { catalogueFiles, languageOf, setLanguage, t, translated } from '../../src/words/catalogue.ts';
import { PLACE } from '../../src/words/matching.mjs';
import { textsBelow, textsIn } from './texts.ts';

afterEach(() => setLanguage('en'));

const files = catalogueFiles();
const keys = files.flatMap(({ name, texts }) => Object.keys(texts).map((key) => ({ name, key })));

describe('the catalogue', () => {
  test('has every text that the sources say', () => {
    const known = new Set(keys.map(({ key }) => key));
    const said = ['src', 'scripts'].flatMap((folder) => textsBelow(path.join(PROJECT_ROOT, folder)));
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter(({ key }) => !known.has(key))).toEqual([]);
  });

  test('has no text twice', () => {
    const twice = keys.filter(({ key }, index) => keys.findIndex((other) => other.key === key) !== index);
    expect(twice).toEqual([]);
  });

  test('keeps in Chinese the places of the English, but for those that hold an ending alone', () => {
    const wrong = files.flatMap(({ texts }) =>
      Object.entries(texts).filter(([english, chinese]) =>
        [...chinese.matchAll(PLACE)].some(([, place]) => !english.includes(`{${place}}`)),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('is Chinese', () => {
    const other = files.flatMap(({ texts }) =>
      Object.entries(texts).filter(([, chinese]) => !/[\p{Script=Han}，（：]/u.test(chinese)),
    );
    expect(other).toEqual([]);
  });
});

describe('texts of the sources', () => {
  test('are found with their places numbered, also within one another', () => {
    expect(textsIn('say(t`a ${x ? t`b ${"}"}` : `c`} d \\`e\\``)')).toEqual(['a {0} d `e`', 'b {0}']);
    expect(textsIn('at`no` import`x`')).toEqual([]);
  });
});

test('the environment names the language as POSIX ranks its variables', () => {
  expect(languageOf({ LANG: 'zh_CN.UTF-8' })).toBe('zh');
  expect(languageOf({ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' })).toBe('en');
  expect(languageOf({})).toBe('en');
});

test('an English text of elsewhere is known by its template; an unknown one stays', () => {
  expect(translated('Run abc-1 started', 'zh')).toBe('运行 abc-1 已开始');
  expect(translated('something of nobody', 'zh')).toBe('something of nobody');
  setLanguage('zh');
  expect(t`Run ${'x'} started`).toBe('运行 x 已开始');
});
