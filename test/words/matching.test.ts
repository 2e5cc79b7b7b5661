import { describe, expect, test } from '@jest/globals';
import { matcher } from '../../src/words/matching.mjs';

const told = (texts: Record<string, string>) => matcher(new Map(Object.entries(texts)));

describe('a text is known by its template', () => {
  test('also what stands in its places, where it is more than a word', () => {
    const inChinese = told({
      'trial {0} ({1}) was ended unfinished: {2}': '试验 {0}（{1}）未完成：{2}',
      'the run was cancelled': '运行被取消',
      text: '文本',
    });
    expect(inChinese('trial 3 (text) was ended unfinished: the run was cancelled')).toBe(
      '试验 3（text）未完成：运行被取消',
    );
  });

  test('single words only where the Chinese asks for them, since they may be names', () => {
    const inChinese = told({ '{0} is not a {1}; choose': '{0} 不是{1*}；请选择', number: '数字' });
    expect(inChinese('number is not a number; choose')).toBe('number 不是数字；请选择');
  });

  test('the one that leaves the fewest words is meant, then the one that says most', () => {
    const inChinese = told({
      'the trainer ended: {0}': '训练器结束：{0}',
      'the trainer ended: out of memory after step {0}': '训练器在第 {0} 步后内存不足',
      '{0} was not read: {1}': '{0} 未读：{1}',
      'out of memory': '内存不足',
    });
    expect(inChinese('the trainer ended: out of memory after step 3')).toBe('训练器在第 3 步后内存不足');
    expect(inChinese('the trainer ended: out of memory')).toBe('训练器结束：内存不足');
  });

  test('places that touch each other are taken together', () => {
    const inChinese = told({
      '{0} is not a known key{1}{2}': '{0} 不是已知的键{1}{2}',
      '; did you mean {0}?': '；是否想写 {0}？',
      '; allowed: {0}': '；可用：{0}',
    });
    expect(inChinese('AB is not a known key; did you mean A?; allowed: A, B')).toBe(
      'AB 不是已知的键；是否想写 A？；可用：A, B',
    );
    expect(inChinese('AB is not a known key')).toBe('AB 不是已知的键');
  });

  test('parts of a sentence are known behind values and texts, and in no prose of others', () => {
    const inChinese = told({ ' of {0}': '，{0}', 'the scores are missing': '没有得分' });
    expect(inChinese('the scores are missing of A')).toBe('没有得分，A');
    for (const others of ['a man of letters', 'x', 'lower values of A are known to be worse']) {
      expect(inChinese(others)).toBe(others);
    }
  });

  test('sentences and enumerations are told by their parts; one without any that is known stays', () => {
    const inChinese = told({ 'nothing to gain': '已无收益', 'all of it': '全部' });
    expect(inChinese('a.yaml:3: nothing to gain; all of it')).toBe('a.yaml:3：已无收益；全部');
    expect(inChinese('A, B, C and D')).toBe('A, B, C and D');
    expect(inChinese('all of it (a: b; c): nothing to gain')).toBe('全部（a: b; c）：已无收益');
  });

  test('a place ends where a clause ends, where another parse has one', () => {
    const inChinese = told({
      'on {0} pairs nothing can be seen': '{0} 对上看不出',
      '{0} more pairs would halve that': '再加 {0} 对可减半',
      '{0} (95 %); {1}': '{0}（95 %）；{1}',
      '{0}, or {1}': '{0}，或 {1}',
      'a number from {0} to {1}': '{0} 至 {1} 的数字',
    });
    expect(
      inChinese('on 5 pairs nothing can be seen, on 7 pairs nothing can be seen (95 %); 3 more pairs would halve that'),
    ).toBe('5 对上看不出，7 对上看不出（95 %）；再加 3 对可减半');
    expect(inChinese('a number from 1 to 2, or null')).toBe('1 至 2 的数字，或 null');
  });

  test('a Chinese text needs no space beside another one', () => {
    const inChinese = told({ 'the trial {0} was lost': '试验 {0} 丢失', 'of another machine': '另一台机器的' });
    expect(inChinese('the trial of another machine was lost')).toBe('试验另一台机器的丢失');
  });
});

test('thousands of templates and a long text take no time to speak of', () => {
  const texts = Object.fromEntries(
    Array.from({ length: 4000 }, (_, index) => [
      `{0} of kind${index} was {1} and not {2}`,
      `第${index}种 {0} 是 {1}，不是 {2}`,
    ]),
  );
  const inChinese = told({ ...texts, 'one of {0}': '之一：{0}' });
  const began = performance.now();
  inChinese(`one of ${Array.from({ length: 300 }, (_, index) => `KEY_${index}`).join(', ')}`);
  expect(inChinese('X of kind3999 was a, b and not c')).toBe('第3999种 X 是 a, b，不是 c');
  expect(performance.now() - began).toBeLessThan(2000);
});
