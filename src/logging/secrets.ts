/** Secrets by value: whatever text they end up in, they are taken out of it. */
import { SECRET_NAME } from '../processes/python.ts';

/** Shorter values would match ordinary words. */
const SHORTEST = 8;

/** A function that replaces the value of every secret in this process's environment by `[secret]`. */
export function redactor(environment: NodeJS.ProcessEnv = process.env): (text: string) => string {
  const secrets = Object.entries(environment)
    .flatMap(([name, value]) => (value && SECRET_NAME.test(name) ? [value, ...value.split(',')] : []))
    .filter((value) => value.length >= SHORTEST);
  return (text) => secrets.reduce((kept, secret) => kept.replaceAll(secret, '[secret]'), text);
}
