/**
 * Small builders of a Markdown tree. Every text from outside is a text node here, so both outputs escape it by
 * construction.
 */
import type {
  BlockContent,
  Code,
  Heading,
  Image,
  List,
  Paragraph,
  PhrasingContent,
  Root,
  RootContent,
  Table,
} from 'mdast';

/** Longer texts from advisers or people are cut. */
const LONGEST_TEXT = 2000;
// C0 and C1 controls, terminal escapes, zero-width and direction-changing characters have no business in a report.
const UNWANTED =
  /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A text that is safe to show: no control characters, one line, bounded. */
export function clean(text: string): string {
  const kept = text.replace(UNWANTED, '').replace(/\s+/g, ' ');
  return kept.length > LONGEST_TEXT ? `${kept.slice(0, LONGEST_TEXT - 1)}…` : kept;
}

export type Inline = string | PhrasingContent;
const inline = (parts: readonly Inline[]): PhrasingContent[] =>
  parts.map((part) => (typeof part === 'string' ? { type: 'text', value: clean(part) } : part));

export const document = (children: RootContent[]): Root => ({ type: 'root', children });
export const heading = (depth: 1 | 2 | 3, text: string): Heading => ({
  type: 'heading',
  depth,
  children: inline([text]),
});
export const paragraph = (...parts: Inline[]): Paragraph => ({ type: 'paragraph', children: inline(parts) });
export const strong = (text: string): PhrasingContent => ({ type: 'strong', children: inline([text]) });
export const emphasis = (text: string): PhrasingContent => ({ type: 'emphasis', children: inline([text]) });
export const inlineCode = (text: string): PhrasingContent => ({ type: 'inlineCode', value: clean(text) });
export const gap: PhrasingContent = { type: 'text', value: ' ' };
export const quote = (...parts: Inline[]): BlockContent => ({ type: 'blockquote', children: [paragraph(...parts)] });
export const code = (lang: string, value: string): Code => ({ type: 'code', lang, value: value.replace(UNWANTED, '') });
export const image = (url: string, alt: string): Paragraph => ({
  type: 'paragraph',
  children: [{ type: 'image', url, alt } satisfies Image],
});

export function list(items: readonly (readonly Inline[])[]): List {
  return {
    type: 'list',
    ordered: false,
    spread: false,
    children: items.map((parts) => ({ type: 'listItem', spread: false, children: [paragraph(...parts)] })),
  };
}

export type Cell = Inline | readonly Inline[];

/** A table; columns whose name is in `right` are aligned right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly number[] = [],
): Table {
  const cell = (content: Cell) => ({
    type: 'tableCell' as const,
    children: inline(Array.isArray(content) ? (content as Inline[]) : [content as Inline]),
  });
  return {
    type: 'table',
    align: header.map((_, index) => (right.includes(index) ? 'right' : 'left')),
    children: [header, ...rows].map((cells) => ({ type: 'tableRow', children: cells.map(cell) })),
  };
}
