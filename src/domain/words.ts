/** Words for values that are not possible, and for what is. */
import { z } from 'zod';
import { said } from './said.ts';

export function show(value: unknown): string {
  if (typeof value === 'number') return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // A YAML anchor can hold itself.
    text = said`a value that contains itself`;
  }
  // An address may carry a password.
  text = text.replace(/\/\/[^/?#"]*@/g, '//[secret]@');
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** `KEY = value (in part) is not possible; allowed: …`: one issue of the schema of a key. */
export function notPossible(key: string, value: unknown, issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const inner = issue.path.length > 1 ? said` (in ${issue.path.slice(1).join('.')})` : '';
  const own = issue.code === 'custom' || issue.code === 'invalid_format' ? `: ${issue.message}` : '';
  const allowed = own.includes('allowed') || issue.code === 'custom' ? '' : said`; allowed: ${allowedWords(schema)}`;
  return said`${key} = ${show(value)}${inner} is not possible${own}${allowed}`;
}

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  format?: string;
  pattern?: string;
  properties?: Record<string, unknown>;
  prefixItems?: unknown[];
}

/** What a schema allows, in words: `a whole number from 1 to 4096`, `one of steps, epoch, no`. */
export function allowedWords(schema: z.ZodType): string {
  return describe(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
}

function describe(schema: JsonSchema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum) return said`one of ${schema.enum.join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map(describe).join(', or ');
  if (schema.type === 'null') return 'null';
  if (schema.type === 'boolean') return said`true or false`;
  if (schema.type === 'string') return schema.format === 'uri' ? said`an http(s) address` : said`text`;
  if (schema.type === 'integer' || schema.type === 'number')
    return `${schema.type === 'integer' ? said`a whole number` : said`a number`}${range(schema)}`;
  if (schema.type === 'array' || schema.prefixItems) return said`a list [min, max]`;
  if (schema.properties) return said`a mapping with ${Object.keys(schema.properties).join(', ')}`;
  return schema.type ?? said`another value`;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low =
    minimum === undefined
      ? exclusiveMinimum === undefined
        ? ''
        : said` above ${exclusiveMinimum}`
      : said` from ${minimum}`;
  const high =
    maximum === undefined
      ? exclusiveMaximum === undefined
        ? ''
        : said` below ${exclusiveMaximum}`
      : said` to ${maximum}`;
  return `${low}${high}`;
}
