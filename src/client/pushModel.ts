/** `push-model`: a run's published model, with its card, to a model hub. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RunState } from '../domain/runState.ts';
import { verdictOf } from '../domain/verdict.ts';
import { EXIT } from '../runs/exitCodes.ts';
import { findRun, knownRuns, openSources, standingOf, stateOf } from '../runs/knownRuns.ts';
import { layoutOf } from '../runs/runPlace.ts';
import { UserError } from '../runs/userError.ts';
import { language, t } from '../words/catalogue.ts';
import { hubAddress, upload, visibilityOf } from './modelHub.ts';
import type { PushedFile, Visibility } from './modelHub.ts';
import { formatBytes } from './screen.ts';

export interface PushOptions {
  /** `OWNER/NAME`. */
  repo: string;
  private?: boolean;
  branch: string;
  dryRun?: boolean;
  json?: boolean;
}

export async function pushModel(typed: string, options: PushOptions): Promise<number> {
  const { repo, branch } = options;
  refuseRepo(repo);
  const { run, state, folder } = await publishedOf(typed);
  const files = await filesOf(folder);
  const verdict = verdictOf(state);
  const paths = await ownPaths(folder);
  const hub = hubAddress();
  // Without a token nobody can tell, and --dry-run needs none.
  const there = options.dryRun ? null : await visibilityOf(repo);
  if (options.private && there === 'public')
    throw new UserError(
      t`--private: ${hub}/${repo} is there already, and public; make it private there, or name another one; nothing was published`,
    );
  const visibility = there ?? (options.private ? 'private' : 'public');
  const facts = { run, repo, branch, visibility, hub, verdict: verdict?.verdict ?? null, files, paths };
  if (options.json && options.dryRun) process.stdout.write(`${JSON.stringify({ ...facts, pushed: false })}\n`);
  else tell(facts, verdict?.line[language()] ?? null, options.json ? process.stderr : process.stdout);
  if (options.dryRun) {
    if (!options.json)
      process.stdout.write(
        `${t`  The hub was not asked: a repository that is there already stays as private or public as it is.`}\n`,
      );
    return EXIT.done;
  }
  const commitTitle = `Model of the tuning run ${run}`;
  const address = await upload({ folder, files, repo, branch, commitTitle, make: there ? null : visibility });
  if (options.json) process.stdout.write(`${JSON.stringify({ ...facts, pushed: true, address })}\n`);
  else process.stdout.write(`${t`Pushed: ${address}`}\n`);
  return EXIT.done;
}

/** The hub's rules for names: https://huggingface.co/docs/huggingface_hub (`validate_repo_id`). */
function refuseRepo(repo: string): void {
  const isName = (part: string) => /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(part) && !/--|\.\./.test(part);
  const parts = repo.split('/');
  if (parts.length === 2 && parts.every(isName) && repo.length <= 96) return;
  throw new UserError(
    t`--repo ${repo}: allowed: OWNER/NAME of letters, digits, -, _ and . (not at the ends, no -- or ..), 96 characters at most`,
  );
}

/** @throws UserError when the run goes on, or has published nothing here. */
async function publishedOf(typed: string): Promise<{ run: string; state: RunState; folder: string }> {
  const sources = await openSources();
  const known = findRun(await knownRuns(sources), typed);
  const { run } = known;
  if (standingOf(known) === 'running')
    throw new UserError(t`${run} is running: its model is published when it has ended`, 1);
  const state = await stateOf(known, sources);
  const { bestModel: folder } = await layoutOf(state, sources);
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isThere) throw new UserError(t`${run} has no published model here (${folder} is not there)`, 1);
  return { run, state, folder };
}

async function filesOf(folder: string): Promise<PushedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const sized = await Promise.all(
    files.map(async (file) => ({
      name: path.relative(folder, file).split(path.sep).join('/'),
      bytes: (await stat(file)).size,
    })),
  );
  return sized.sort((a, b) => a.name.localeCompare(b.name));
}

/** Paths of this machine in what would be public: they tell names that are nobody's business. */
async function ownPaths(folder: string): Promise<string[]> {
  const texts = await Promise.all(
    ['README.md', 'tuning.json'].map((name) => readFile(path.join(folder, name), 'utf8').catch(ifAbsent)),
  );
  return [...new Set(texts.flatMap((text) => text.match(/(?<=["`])(?:\/[\w.-]+){2,}(?=["`])/g) ?? []))].sort();
}

function ifAbsent(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

function tell(
  facts: {
    run: string;
    repo: string;
    branch: string;
    visibility: Visibility;
    hub: string;
    files: PushedFile[];
    paths: string[];
  },
  verdict: string | null,
  stream: NodeJS.WriteStream,
): void {
  const { run, repo, branch, hub, files, paths } = facts;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = [
    facts.visibility === 'private'
      ? t`The model of ${run} for ${hub}/${repo} (${branch}), private:`
      : t`The model of ${run} for ${hub}/${repo} (${branch}), public:`,
    ...(verdict ? [`  ${verdict}`] : [t`  Not confirmed on held-out data.`]),
    ...files.map(({ name, bytes }) => `  ${formatBytes(bytes).padStart(9)}  ${name}`),
    t`  ${formatBytes(total)} in ${files.length} files`,
    ...(paths.length > 0 ? [t`  note: README.md and tuning.json name paths of this machine: ${paths.join(', ')}`] : []),
  ];
  stream.write(`${lines.join('\n')}\n`);
}
