/** The report as Markdown. */
import type { RootContent } from 'mdast';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { heading, linkTo, list } from './document.ts';
import type { Report } from './report.ts';

export function toMarkdownText({ title, contents, opening, sections }: Report): string {
  const children: RootContent[] = [
    heading(1, title),
    ...opening,
    heading(2, contents),
    list(sections.map(({ id, title: name }) => [linkTo(id, name)])),
    // Anchors of our own: what a site makes of a heading in two languages differs from site to site.
    ...sections.flatMap(({ id, title: name, content }): RootContent[] => [
      { type: 'html', value: `<a id="${id}"></a>` },
      heading(2, name),
      ...content,
    ]),
  ];
  return toMarkdown({ type: 'root', children }, { bullet: '-', extensions: [gfmToMarkdown()] });
}
