/** A model hub, as `push-model` needs it. */
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import { keepSecret } from '../logging/secrets.ts';
import { UserError } from '../runs/userError.ts';
import { t } from '../words/catalogue.ts';

const OFFICIAL_HUB = 'https://huggingface.co';
/** In the order in which the hub's own tools look. */
const TOKEN_VARIABLES = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'] as const;

export type Visibility = 'private' | 'public';

export interface PushedFile {
  /** Relative to the model's folder, with `/`. */
  name: string;
  bytes: number;
}

/** HF_ENDPOINT is how the hub's own tools are told of another hub. */
export const hubAddress = (): string => (process.env['HF_ENDPOINT'] ?? OFFICIAL_HUB).replace(/\/+$/, '');

/**
 * Who sees a repository; null: there is none yet.
 *
 * @throws UserError when the hub does not tell.
 */
export function visibilityOf(repo: string): Promise<Visibility | null> {
  const { accessToken, hubUrl } = access();
  return asked(hubUrl, async ({ modelInfo, repoExists }) => {
    if (!(await repoExists({ repo: { type: 'model', name: repo }, accessToken, hubUrl }))) return null;
    return (await modelInfo({ name: repo, accessToken, hubUrl })).private ? 'private' : 'public';
  });
}

export interface Upload {
  folder: string;
  files: readonly PushedFile[];
  repo: string;
  branch: string;
  commitTitle: string;
  /** Of a repository that has to be made; null: it is there. */
  make: Visibility | null;
}

/**
 * One commit with all files: a hub has the whole model or nothing of it. Returns its address.
 *
 * @throws UserError when the hub does not take it.
 */
export function upload({ folder, files, repo, branch, commitTitle, make }: Upload): Promise<string> {
  const { accessToken, hubUrl } = access();
  const there = { repo: { type: 'model', name: repo } as const, accessToken, hubUrl };
  return asked(hubUrl, async ({ createRepo, uploadFiles }) => {
    if (make) await createRepo({ ...there, visibility: make });
    await uploadFiles({
      ...there,
      branch,
      commitTitle,
      files: await Promise.all(
        files.map(async ({ name }) => ({ path: name, content: await openAsBlob(path.join(folder, name)) })),
      ),
    });
    return `${hubUrl}/${repo}`;
  });
}

async function asked<T>(hubUrl: string, ask: (hub: typeof import('@huggingface/hub')) => Promise<T>): Promise<T> {
  // Here, since no other command needs it.
  const hub = await import('@huggingface/hub');
  try {
    return await ask(hub);
  } catch (error) {
    const what = error instanceof hub.HubApiError ? `${error.statusCode}: ${error.message}` : causeOf(error);
    throw new UserError(t`${hubUrl} did not take the model (${what}); nothing was published`, 1);
  }
}

const causeOf = (error: unknown): string => {
  const { message, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
};

/** @throws UserError when there is no token here. */
function access(): { accessToken: string; hubUrl: string } {
  const token = TOKEN_VARIABLES.map((name) => process.env[name]).find((value) => value);
  if (!token)
    throw new UserError(
      t`the hub's token is missing: set HF_TOKEN in the environment or in .env (it needs the right to write); --dry-run needs none`,
    );
  keepSecret(token);
  return { accessToken: token, hubUrl: hubAddress() };
}
