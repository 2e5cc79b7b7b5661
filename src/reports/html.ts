/** The report as one HTML file that needs nothing else: style and charts inside. */
import { toHtml } from 'hast-util-to-html';
import type { Root } from 'mdast';
import { toHast } from 'mdast-util-to-hast';

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2937; --soft: #6b7280; --line: #e5e7eb; --paper: #ffffff; --tint: #f6f8fb; --accent: #3b6fb6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e7eb; --soft: #9ca3af; --line: #374151; --paper: #111827; --tint: #1b2433; --accent: #7fb0f0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .8rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
p, ul { margin: .6rem 0; } ul { padding-left: 1.2rem; } li { margin: .3rem 0; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { padding: .45rem .65rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; background: var(--tint); }
td:nth-child(8) { min-width: 19rem; }
[align="right"] { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody tr:hover { background: var(--tint); }
code { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--tint); padding: .1em .35em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; overflow-x: auto; } pre code { padding: 0; background: none; }
blockquote { margin: 1rem 0; padding: .6rem 1rem; border-left: 4px solid var(--accent); background: var(--tint); border-radius: 0 8px 8px 0; }
figure { margin: 1rem 0; padding: .8rem; border: 1px solid var(--line); border-radius: 8px; background: #fff; overflow-x: auto; } figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
@media print { main { max-width: none; padding: 0; } h2 { break-after: avoid; } table, figure { break-inside: avoid; } }
`;

/** A chart by the address that the Markdown uses for it. */
export type Charts = ReadonlyMap<string, string>;

/** Renders the same tree as the Markdown; images of charts become the SVG itself. */
export function toStandaloneHtml(tree: Root, title: string, charts: Charts): string {
  const hast = toHast(tree);
  const body = toHtml(hast)
    .replaceAll('<table>', '<div class="scroll"><table>')
    .replaceAll('</table>', '</table></div>')
    .replace(/<p><img src="([^"]+)" alt="([^"]*)"><\/p>/g, (whole, address: string, alt: string) => {
      const svg = charts.get(decodeURI(address));
      return svg ? `<figure role="img" aria-label="${alt}">${svg}</figure>` : whole;
    });
  const escaped = toHtml({ type: 'text', value: title });
  return `<!doctype html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">\n<title>${escaped}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<main>\n${body}\n</main>\n</body>\n</html>\n`;
}
