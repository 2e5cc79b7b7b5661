/** Secrets by value: whatever text they end up in, they are taken out of it. */
import { SECRET_NAME } from '../domain/secretName.ts';

/** Shorter values would match ordinary words. */
const SHORTEST = 8;

/** Secrets that this process read from elsewhere than its environment. */
const kept = new Set<string>();

/** From now on this value is taken out of every text as well. */
export function keepSecret(value: string): void {
  kept.add(value);
}

/** A function that replaces the value of every secret in this process's environment, and of those it was told of, by `[secret]`. */
export function redactor(environment: NodeJS.ProcessEnv = process.env): (text: string) => string {
  const named = Object.entries(environment)
    .flatMap(([name, value]) => (value && SECRET_NAME.test(name) ? [value, ...value.split(',')] : []))
    .filter((value) => value.length >= SHORTEST);
  return (text) => [...named, ...kept].reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text);
}
