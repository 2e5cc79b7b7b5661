/** Tables and lines of prompts. */

export function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text that came from data or from an earlier reply: one line, so that it cannot look like a section of the prompt. */
export const oneLine = (text: string): string => text.replace(/[\s\u0000-\u001f]+/g, ' ').slice(0, 400);
