/** What the application does with a better model: here it is copied to where it is served from. */
import { cp, rename, rm } from 'node:fs/promises';

/** Run twice it leaves the same: the copy is complete before it takes the name. */
export async function rollOut(model: string, target: string): Promise<string> {
  const next = `${target}.next`;
  await rm(next, { recursive: true, force: true });
  await cp(model, next, { recursive: true, dereference: true });
  await rm(target, { recursive: true, force: true });
  await rename(next, target);
  return target;
}
