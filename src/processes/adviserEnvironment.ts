/** The adviser's key and server as an environment names them. Blank is the same as not set, everywhere. */

export const OFFICIAL_SERVER = 'https://api.openai.com/v1';

/** Their names: what the local stack's processes are started without, since each run brings its own. */
export const ADVISER_VARIABLES = ['OPENAI_API_KEY', 'OPENAI_BASE_URL'] as const;

export interface AdviserEnvironment {
  apiKey: string | null;
  /** Null = the official server. */
  baseUrl: string | null;
}

export function adviserEnvironment(environment: NodeJS.ProcessEnv = process.env): AdviserEnvironment {
  const read = (name: (typeof ADVISER_VARIABLES)[number]) => environment[name]?.trim() || null;
  return { apiKey: read('OPENAI_API_KEY'), baseUrl: read('OPENAI_BASE_URL') };
}

export function withoutAdviser(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !ADVISER_VARIABLES.some((variable) => variable === name)),
  );
}
