/** Words for what is wrong with a configuration, and what would be right. */
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';

/** The nearest of some names, when it is near enough to be what was meant. */
export function didYouMean(word: string, names: readonly string[]): string {
  const wanted = word.toUpperCase();
  const [best] = names.map((name) => ({ name, far: distance(wanted, name) })).sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(word.length / 3)) ? `; did you mean ${best.name}?` : '';
}

export function show(value: unknown): string {
  if (typeof value === 'number') return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // A YAML anchor can hold itself.
    text = 'a value that contains itself';
  }
  text = text.replace(/\/\/[^/?#"]*@/g, '//[secret]@');
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

const LONGEST_PROBLEM = 1500;

/** A problem as one line that a terminal can take, whatever the file's keys are. */
export function oneLine(problem: string): string {
  const line = problem.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_PROBLEM ? `${line.slice(0, LONGEST_PROBLEM - 1)}…` : line;
}

interface JsonSchema {
  type?: string;
  enum?: unknown[];
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
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map(describe).join(', or ');
  if (schema.type === 'null') return 'null';
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'string') return schema.format === 'uri' ? 'an http(s) address' : 'text';
  if (schema.type === 'integer' || schema.type === 'number')
    return `${schema.type === 'integer' ? 'a whole number' : 'a number'}${range(schema)}`;
  if (schema.type === 'array' || schema.prefixItems) return 'a list [min, max]';
  if (schema.properties) return `a mapping with ${Object.keys(schema.properties).join(', ')}`;
  return schema.type ?? 'another value';
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low =
    minimum === undefined ? (exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`) : `from ${minimum}`;
  const high =
    maximum === undefined ? (exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`) : `to ${maximum}`;
  return [low, high]
    .filter(Boolean)
    .map((words) => ` ${words}`)
    .join('');
}
