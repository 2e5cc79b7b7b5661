/**
 * Small builders of a Markdown tree. Every text from outside is a text node here, so both outputs escape it by
 * construction. What only the HTML needs (classes, languages) stands in a node's `data`, as mdast-util-to-hast reads it.
 */
import type {
  BlockContent,
  Blockquote,
  Code,
  Heading,
  Image,
  List,
  Paragraph,
  PhrasingContent,
  RootContent,
  Table,
} from 'mdast';

/** Longer texts from advisers or people are cut. */
const LONGEST_TEXT = 2000;
// C0 and C1 controls, terminal escapes, zero-width and direction-changing characters have no business in a report.
const UNWANTED =
  /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A text that is safe to show: no control characters, one line, bounded. */
function clean(text: string): string {
  const kept = text.replace(UNWANTED, '').replace(/\s+/g, ' ');
  return kept.length > LONGEST_TEXT ? `${kept.slice(0, LONGEST_TEXT - 1)}…` : kept;
}

export type Inline = string | PhrasingContent;
const inline = (parts: readonly Inline[]): PhrasingContent[] =>
  parts.map((part) => (typeof part === 'string' ? { type: 'text', value: clean(part) } : part));

/** A part of the report that the table of contents lists; `id` is its anchor, the same in every language. */
export interface Section {
  id: string;
  title: string;
  content: RootContent[];
  /** Looked up, not read: the HTML folds it away, on a screen. */
  folded?: boolean;
}
/** A section, or none where there is nothing to say; for spreading. */
export const section = (id: string, title: string, content: RootContent[], folded = false): Section[] =>
  content.length > 0 ? [{ id, title, content, ...(folded ? { folded } : {}) }] : [];

export const heading = (depth: 1 | 2 | 3, text: string): Heading => ({
  type: 'heading',
  depth,
  children: inline([text]),
});
export const paragraph = (...parts: Inline[]): Paragraph => ({ type: 'paragraph', children: inline(parts) });
export const strong = (text: string): PhrasingContent => ({ type: 'strong', children: inline([text]) });
export const inlineCode = (text: string): PhrasingContent => ({ type: 'inlineCode', value: clean(text) });
export const quote = (...parts: Inline[]): BlockContent => ({ type: 'blockquote', children: [paragraph(...parts)] });

/** Attributes of the HTML element that a node becomes; `element`: another one than its own. */
export function inHtml<Node extends RootContent | PhrasingContent>(
  node: Node,
  { element, ...attributes }: Record<string, string> & { element?: string },
): Node {
  const already = node.data?.hProperties;
  return {
    ...node,
    data: { ...node.data, ...(element ? { hName: element } : {}), hProperties: { ...already, ...attributes } },
  };
}

/** Blocks in a frame: a quotation in Markdown, an element of this class in the HTML. */
export const framed = (className: string, children: BlockContent[], element = 'div'): Blockquote =>
  inHtml({ type: 'blockquote', children }, { element, class: className });

/** A link within the report; the HTML has one anchor for each language. */
export const linkTo = (id: string, text: string): PhrasingContent => ({
  type: 'link',
  url: `#${id}`,
  children: [{ type: 'text', value: clean(text) }],
});
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

/** A list whose items are several blocks each. */
export function blockList(items: readonly (readonly BlockContent[])[]): List {
  return {
    type: 'list',
    ordered: false,
    spread: true,
    children: items.map((children) => ({ type: 'listItem', spread: children.length > 1, children: [...children] })),
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
