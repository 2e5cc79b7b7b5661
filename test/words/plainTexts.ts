/** Literals with words that go where people read, and do not come from the catalogue. */
import { parseSync } from '@swc/core';

/** Calls whose texts people read: a function's or a method's name, and from where to where its arguments are such texts. */
const ALL = [0, Infinity] as const;
const SECOND = [1, 2] as const;
const TELLING: Readonly<Record<string, readonly [from: number, to: number]>> = {
  UserError: ALL,
  description: ALL,
  option: SECOND,
  requiredOption: SECOND,
  Option: SECOND,
  Argument: SECOND,
  argument: SECOND,
  addHelpText: SECOND,
  line: ALL,
  live: ALL,
  say: ALL,
  tell: ALL,
  print: ALL,
  write: ALL,
  input: ALL,
  select: ALL,
  password: ALL,
  confirm: ALL,
  Table: ALL,
};
/** In what people read, arguments of these are no texts: styles, and what a program reads. */
const SILENT: ReadonlySet<string> = new Set([
  'styled',
  'stringify',
  'parse',
  'createScreen',
  'import',
  'repeat',
  'join',
  'callOf',
]);
/** Properties whose values are texts; those of other names are settings. */
const TOLD_PROPERTIES: ReadonlySet<string> = new Set(['head', 'message', 'name']);
/** Arguments of these are looked for in a text, or typed as they are. */
const SOUGHT: ReadonlySet<string> = new Set(['includes', 'startsWith', 'endsWith', 'replace', 'callOf', 'list']);
const WORD = /\p{L}{2,}/u;
/** An option's name is the same in every language. */
const OPTION = /^--[\w-]+ ?$/;
/** Commands are the same in every language. */
const COMMAND = /^`?npm run [\w:-]*(?: -- [\w -]*)?`? *$/;
/** So much is a text wherever it stands. */
const SENTENCE = /\p{L}{2,},? \p{L}{2,}/u;

interface Node {
  type: string;
  [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string';

/** The literals, in the order of the source. */
export function plainTexts(source: string): string[] {
  const found: string[] = [];
  walk(parseSync(source, { syntax: 'typescript', target: 'es2022' }) as unknown as Node, false, found);
  return found;
}

/** @param told - Whether people read what a literal here says. */
function walk(node: Node, told: boolean, found: string[]): void {
  const keep = (text: string) => {
    if (OPTION.test(text) || COMMAND.test(text)) return;
    if ((told ? WORD : SENTENCE).test(text)) found.push(text);
  };
  switch (node.type) {
    case 'StringLiteral':
      return keep(node['value'] as string);
    case 'TemplateLiteral':
      for (const part of node['quasis'] as { cooked: string }[]) keep(part.cooked);
      return walkAll(node['expressions'], told, found);
    case 'TaggedTemplateExpression':
      // Its own words are the catalogue's; a literal in one of its places is not.
      return walkAll((node['template'] as Node)['expressions'], told, found);
    case 'BinaryExpression':
      // What is compared is not said; what is put together is.
      return walkAll(
        [node['left'], node['right']],
        told && node['operator'] !== '===' && node['operator'] !== '!==',
        found,
      );
    case 'MemberExpression':
      return walkAll([node['object']], told, found);
    case 'KeyValueProperty': {
      const name = ((node['key'] as Node)['value'] ?? '') as string;
      return walkAll([node['value']], told && TOLD_PROPERTIES.has(name), found);
    }
    case 'ImportDeclaration':
      return;
    case 'NewExpression':
    case 'CallExpression':
      return walkCall(node, told, found);
    default:
      return walkAll(Object.values(node), told, found);
  }
}

function walkCall(node: Node, told: boolean, found: string[]): void {
  const callee = node['callee'] as Node;
  const name = nameOf(callee);
  const range = Object.hasOwn(TELLING, name) ? TELLING[name]! : null;
  if (callee.type === 'MemberExpression') walk(callee['object'] as Node, told && !SILENT.has(name), found);
  const given = (node['arguments'] ?? []) as { expression: Node }[];
  if (SOUGHT.has(name)) return;
  // Of an example, what is typed is the same in every language.
  if (name === 'withExamples')
    return given.forEach(({ expression }) =>
      expression.type === 'ArrayExpression'
        ? walkAll((expression['elements'] as unknown[]).slice(1), true, found)
        : walk(expression, false, found),
    );
  given.forEach(({ expression }, place) => {
    const said = range ? place >= range[0] && place < range[1] : told && !SILENT.has(name);
    walk(expression, said, found);
  });
}

/** `UserError`, or the last part of `process.stdout.write`. */
function nameOf(callee: Node): string {
  if (callee.type === 'Import') return 'import';
  const last = callee.type === 'MemberExpression' ? (callee['property'] as Node) : callee;
  return typeof last['value'] === 'string' ? last['value'] : '';
}

function walkAll(value: unknown, told: boolean, found: string[]): void {
  if (Array.isArray(value)) for (const one of value) walkAll(one, told, found);
  else if (isNode(value)) walk(value, told, found);
  else if (value !== null && typeof value === 'object') walkAll(Object.values(value), told, found);
}
