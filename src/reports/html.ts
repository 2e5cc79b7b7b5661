/**
 * The report as one HTML file that needs nothing else: style, charts and both languages inside, of which one is shown.
 * Without scripts it speaks the report's own language; with them a button changes it, and the reader's choice is kept.
 */
import type { Element, ElementContent, Root, RootContent as HastContent } from 'hast';
import { toHtml } from 'hast-util-to-html';
import { toHast } from 'mdast-util-to-hast';
import type { RootContent } from 'mdast';
import type { Section } from './document.ts';
import { SCRIPT, SCRIPT_HASH } from './htmlScript.ts';
import { STYLE } from './htmlStyle.ts';
import type { ReportLanguage } from './phrases.ts';
import type { Report } from './report.ts';

/** A report in the words of one reader, with its charts by the address that the Markdown uses for them. */
export interface Rendering {
  report: Report;
  charts: ReadonlyMap<string, string>;
  language: ReportLanguage;
}

type PageLanguage = 'zh' | 'en';

export interface BothLanguages {
  run: string;
  /** What was asked for; a mixed report speaks Chinese first, as the original does, or its reader's browser's language. */
  language: ReportLanguage;
  zh: Rendering;
  en: Rendering;
}

export function toStandaloneHtml({ run, language, zh, en }: BothLanguages): string {
  const own: PageLanguage = language === 'en' ? 'en' : 'zh';
  const page = (of: Rendering, is: PageLanguage) => {
    const main = pageOf(of, is, { folds: true });
    main.properties = { ...main.properties, ...(is === own ? {} : { hidden: true }) };
    const other = is === 'zh' ? 'en' : 'zh';
    // Without scripts it would do nothing, so it is hidden until there are some.
    const button = element('button', { type: 'button', class: 'switch', lang: other, 'data-to': other, hidden: true }, [
      text(other === 'en' ? 'English' : '中文'),
    ]);
    main.children.unshift(button);
    return main;
  };
  const body = [page(own === 'zh' ? zh : en, own), page(own === 'zh' ? en : zh, own === 'zh' ? 'en' : 'zh')];
  const title = titleOf(run, own === 'zh' ? zh : en);
  return documentOf({ language: own, title, body, follows: language === 'mixed' ? 'browser' : 'report' });
}

/** For paper: one language, nothing folded away, no scripts. */
export function toPrintedHtml(run: string, of: Rendering): string {
  const language: PageLanguage = of.language === 'en' ? 'en' : 'zh';
  return documentOf({ language, title: titleOf(run, of), body: [pageOf(of, language, { folds: false })] });
}

const titleOf = (run: string, { report }: Rendering): string => `${report.headline} · ${run}`;

interface Page {
  language: PageLanguage;
  title: string;
  body: Element[];
  /** Whose language it begins with, where the reader has not chosen; absent: there is nothing to choose. */
  follows?: 'browser' | 'report';
}

function documentOf({ language, title, body, follows }: Page): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:${follows ? `; script-src '${SCRIPT_HASH}'` : ''}`;
  const tail = follows ? `<script data-follows="${follows}">${SCRIPT}</script>\n` : '';
  const html = toHtml(body, { allowDangerousHtml: true });
  const named = toHtml({ type: 'text', value: title });
  return `<!doctype html>\n<html lang="${language}">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n<title>${named}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n${html}\n${tail}</body>\n</html>\n`;
}

function pageOf({ report, charts }: Rendering, language: PageLanguage, { folds }: { folds: boolean }): Element {
  const { title, contents, opening, sections } = report;
  const hast = (children: RootContent[], named: string) =>
    adapted(toHast({ type: 'root', children }) as Root, { charts, language, named });
  const links = sections.map(({ id, title: name }) =>
    element('li', {}, [element('a', { href: `#${id}-${language}` }, [text(name)])]),
  );
  return element('main', { lang: language, 'data-language': language, 'data-title': report.headline }, [
    element('header', {}, [element('h1', {}, [text(title)]), ...hast(opening, title)]),
    element('nav', { 'aria-label': contents }, [
      element('p', { class: 'contents' }, [text(contents)]),
      element('ol', {}, links),
    ]),
    element(
      'div',
      { class: 'sections' },
      sections.map((one) => sectionOf(one, language, hast(one.content, one.title), folds)),
    ),
  ]);
}

function sectionOf(
  { id, title, folded = false }: Section,
  language: PageLanguage,
  content: ElementContent[],
  folds: boolean,
) {
  const heading = element('h2', {}, [text(title)]);
  const inside =
    folded && folds ? [element('details', {}, [element('summary', {}, [heading]), ...content])] : [heading, ...content];
  return element('section', { id: `${id}-${language}` }, inside);
}

interface Adapting {
  charts: ReadonlyMap<string, string>;
  language: PageLanguage;
  /** What the tables and charts belong to. */
  named: string;
}

/** Tables that scroll by themselves, charts inside, anchors of this language. */
function adapted(root: Root, adapting: Adapting): ElementContent[] {
  return (root.children as HastContent[]).flatMap((node) => adaptedNode(node as ElementContent, adapting));
}

function adaptedNode(node: ElementContent, adapting: Adapting): ElementContent[] {
  if (node.type === 'text') return [{ ...node, value: keptTogether(node.value) }];
  if (node.type === 'element' && node.tagName === 'pre') return [node];
  if (node.type !== 'element') return [node];
  const { charts, language, named } = adapting;
  const [only] = node.children;
  if (node.tagName === 'p' && only?.type === 'element' && only.tagName === 'img') {
    const svg = charts.get(decodeURI(String(only.properties['src'])));
    if (svg !== undefined) return [figure(svg, String(only.properties['alt']), named)];
  }
  const { href } = node.properties;
  const properties = {
    ...node.properties,
    ...(typeof href === 'string' && href.startsWith('#') ? { href: `${href}-${language}` } : {}),
  };
  const children = node.children.flatMap((child) => adaptedNode(child, adapting));
  const same = { ...node, properties, children };
  return node.tagName === 'table' ? [scrolling('div', named, [same])] : [same];
}

/** A number and its unit, a key and its value, and the ends of a short interval, do not part at the end of a line. */
const keptTogether = (text: string): string =>
  text.replaceAll(
    /(?<=\d) (?=(?:[%✓✗]|s|min|h|MiB)(?!\w))|(?<=\w) (?== )|(?<==) (?=\S)|(?<=\d) (?=… )|(?<=…) (?=[\d−+-])/g,
    '\u00A0',
  );

/** What is wider than a phone scrolls by itself, by keyboard, too. */
const scrolling = (tag: string, named: string, children: ElementContent[]): Element =>
  element(tag, { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': named }, children);

/** The words stand for the picture; its own marks, which Vega gives roles, are not read. */
const figure = (svg: string, alt: string, named: string): Element =>
  scrolling('figure', named, [
    element('div', { role: 'img', 'aria-label': alt }, [
      { type: 'raw', value: svg.replace('<svg ', `<svg aria-hidden="true" style="${legible(svg)}" `) },
    ]),
  ]);

/** On a phone it scrolls instead of being too small to read; a small one is not blown up. */
const legible = (svg: string): string => `min-width:min(36rem,${/ width="(\d+)/.exec(svg)?.[1] ?? 0}px)`;

const text = (value: string): ElementContent => ({ type: 'text', value });
const element = (tagName: string, properties: Record<string, unknown>, children: ElementContent[]): Element => ({
  type: 'element',
  tagName,
  properties: properties as Element['properties'],
  children,
});
