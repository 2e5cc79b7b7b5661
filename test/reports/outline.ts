/** The structure of a report: sections, their anchors and order, columns of tables, lists, charts. No words of the text. */
import type { RootContent } from 'mdast';
import type { Report } from '../../src/reports/report.ts';

export function outlineOf({ title, contents, opening, sections }: Report): string {
  const lines = [
    `# ${title}`,
    ...opening.map(line),
    `[${contents}]`,
    ...sections.flatMap(({ id, title: name, folded, content }) => [
      '',
      `## ${name} #${id}${folded ? ' (folded)' : ''}`,
      ...content.map(line),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function line(node: RootContent): string {
  const { hName, hProperties } = node.data ?? {};
  const named = [hName, hProperties?.['class'], hProperties?.['lang']].filter(Boolean).map((word) => ` .${word}`);
  return `- ${whatIs(node)}${named.join('')}`;
}

function whatIs(node: RootContent): string {
  switch (node.type) {
    case 'table':
      return `table: ${node.children[0]!.children.map((cell) => textOf(cell)).join(' | ')}`;
    case 'list':
      return `list of ${node.children.length}: ${node.children.map(labelOf).join(' | ')}`;
    case 'blockquote':
      return `quote (${node.children.map(whatIs).join('; ')})`;
    case 'paragraph':
      return node.children[0]?.type === 'image' ? `chart ${node.children[0].url}` : 'paragraph';
    case 'code':
      return `code ${node.lang}`;
    default:
      return node.type;
  }
}

/** What an item begins with, in bold. */
function labelOf(item: RootContent): string {
  const [first] = 'children' in item ? (item.children as RootContent[]) : [];
  if (item.type === 'strong') return textOf(item);
  return first ? labelOf(first) : '–';
}

const textOf = (node: RootContent): string =>
  'value' in node ? node.value : 'children' in node ? node.children.map(textOf).join('') : '';
