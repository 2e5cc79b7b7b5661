/** The adviser's key and server as an environment names them. Blank is the same as not set, everywhere. */

export const OFFICIAL_SERVER = 'https://api.openai.com/v1';

/**
 * What the local stack's processes are started without, since each run brings its own: the SDK reads more than key and
 * server (organisation, project, headers), and what belongs to one key must not go with another.
 */
export const isAdviserVariable = (name: string): boolean => /^OPENAI_/i.test(name);

export interface AdviserEnvironment {
  apiKey: string | null;
  /** Null = the official server. */
  baseUrl: string | null;
}

export function adviserEnvironment(environment: NodeJS.ProcessEnv = process.env): AdviserEnvironment {
  const read = (name: string) => environment[name]?.trim() || null;
  return { apiKey: read('OPENAI_API_KEY'), baseUrl: read('OPENAI_BASE_URL') };
}

export function withoutAdviser(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isAdviserVariable(name)));
}

let elsewhere: () => AdviserEnvironment = () => ({ apiKey: null, baseUrl: null });

/** Where the workers of the local stack, whose environment has no adviser, find one for runs that bring none. */
export function findAdviserIn(source: () => AdviserEnvironment): void {
  elsewhere = source;
}

/** The adviser of runs that bring none. Key and server come from one place: a key goes to no other server than its own. */
export function workersAdviser(): AdviserEnvironment {
  const own = adviserEnvironment();
  return own.apiKey !== null || own.baseUrl !== null ? own : elsewhere();
}
