/** The Temporal server that commands speak with: the one that is named, else the local stack. */
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';
import { dataConverterFromEnvironment } from '../codec/payloadCodec.ts';
import { ConfigError } from '../config/configError.ts';
import { keyDigests } from '../local/encryptionKeys.mjs';
import { RestartRefused, ensureStack, stopForRestart } from '../local/stack.ts';
import type { StackEvents } from '../local/stack.ts';
import { liveStack } from '../local/stackFile.ts';
import type { StackFile } from '../local/stackFile.ts';
import { versionOf, versionWords } from '../local/version.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/messages.ts';
import { UserError } from './userError.ts';
import { t, translated } from '../words/catalogue.ts';

/** gRPC status code. */
const NOT_FOUND = 5;

export interface Server {
  client: Client;
  address: string;
  namespace: string;
  /** Address of the Web UI, when it is ours. */
  webUi: string | null;
  /** Address of the local stack's dashboard, without the token. */
  dashboard: string | null;
  /** Whether it is the local stack, whose workers run on this machine. */
  local: boolean;
}

/**
 * Connects.
 *
 * @param start - Start the local stack when no server is named and none runs.
 * @throws UserError when the server does not answer, or the local stack must not be restarted from here.
 */
export async function connectToServer({
  start,
  say,
}: {
  start: boolean;
  say: (line: string) => void;
}): Promise<Server> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  if (namesServer()) return connect(connectionOptions, namespace, null);
  const stack = start ? await bringStackUp(say) : await liveStack();
  if (!stack)
    throw new UserError(t`the local stack is down: run \`npm run up\`, or name a server with TEMPORAL_ADDRESS`);
  if (!start) await tellOther(stack, say);
  return connectToStack(stack);
}

/** @throws UserError when the server does not answer. */
export const connectTo = (address: string, namespace: string): Promise<Server> => connect({ address }, namespace, null);

/** @throws UserError when its server does not answer. */
export const connectToStack = ({ address, webUi, dashboard }: OwnStack & Pick<StackFile, 'address'>): Promise<Server> =>
  connect({ address }, 'default', { webUi, dashboard });

/** Whether the environment names a server, or a profile of the `temporal` command does; else it is the local stack. */
export const namesServer = (): boolean =>
  Boolean(process.env['TEMPORAL_ADDRESS'] || loadClientConnectConfig().connectionOptions.address);

/**
 * The local stack, of this checkout's version and with this shell's encryption key.
 *
 * @throws UserError when it would have to be restarted and has an encryption key that this shell lacks.
 */
export async function bringStackUp(say: (line: string) => void): Promise<StackFile> {
  try {
    await restartForNewKey(say);
    return await ensureStack(stackEvents(say));
  } catch (error) {
    if (error instanceof RestartRefused) throw new UserError(translated(error.message));
    throw error;
  }
}

/** What a person is told while the local stack comes up. */
const stackEvents = (say: (line: string) => void): StackEvents => ({
  onStart: () => say(t`Starting the local stack: Temporal server, Web UI and workers …`),
  onReplace: (running, own) =>
    say(
      t`The local stack runs ${versionWords(running)}; it is restarted as ${versionWords(own)}. Trainings write a checkpoint, and runs in progress go on …`,
    ),
});

/** A command that only looks, or answers, restarts nothing. */
async function tellOther({ version }: StackFile, say: (line: string) => void): Promise<void> {
  const own = await versionOf();
  if (own.digest !== version.digest)
    say(
      t`The local stack runs ${versionWords(version)}, and this checkout is ${versionWords(own)}: npm run up restarts it as that; runs in progress go on.`,
    );
}

/** Workers have the encryption key that was set when they started; runs in progress go on after the restart. */
async function restartForNewKey(say: (line: string) => void): Promise<void> {
  const stack = await liveStack();
  if (!stack || !process.env['TUNING_PAYLOAD_KEY'] || stack.encryption === keyDigests()) return;
  await stopForRestart(() =>
    say(t`The local stack runs with other encryption keys; it is restarted with those that are set now.`),
  );
}

type OwnStack = Pick<StackFile, 'webUi' | 'dashboard'>;

async function connect(
  options: Parameters<typeof Connection.connect>[0] & object,
  namespace: string,
  stack: OwnStack | null,
): Promise<Server> {
  const address = options.address ?? 'localhost:7233';
  let connection: Connection;
  try {
    connection = await Connection.connect({ connectTimeout: '5 s', ...options });
  } catch (error) {
    throw new UserError(
      t`the Temporal server at ${address} does not answer (${(error as Error).message}); check TEMPORAL_ADDRESS, or unset it to use the local stack`,
    );
  }
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== NOT_FOUND) throw error;
    throw new UserError(
      t`the Temporal server at ${address} has no namespace ${namespace}: create it with \`temporal operator namespace create -n ${namespace}\`, or set TEMPORAL_NAMESPACE to one that exists`,
    );
  }
  const client = new Client({ connection, namespace, ...encryption() });
  const { webUi = null, dashboard = null } = stack ?? {};
  return { client, address, namespace, webUi, dashboard, local: stack !== null };
}

/** @throws UserError when the encryption keys in the environment cannot be used. */
function encryption(): { dataConverter?: DataConverter } {
  try {
    const dataConverter = dataConverterFromEnvironment();
    return dataConverter ? { dataConverter } : {};
  } catch (error) {
    if (error instanceof ConfigError)
      throw new UserError(error.problems.map((problem) => translated(problem)).join('\n'));
    throw error;
  }
}

/**
 * Whether the server knows our search attributes, registering them where that is allowed. A run does without if it is
 * refused.
 */
export async function ensureSearchAttributes({ client, namespace }: Server): Promise<boolean> {
  const { operatorService } = client.connection as Connection;
  const known = async () =>
    Object.keys((await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {});
  try {
    const there = await known();
    const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => !there.includes(name));
    if (missing.length === 0) return true;
    const types = proto.temporal.api.enums.v1.IndexedValueType;
    const typeOf = {
      KEYWORD: types.INDEXED_VALUE_TYPE_KEYWORD,
      INT: types.INDEXED_VALUE_TYPE_INT,
      DOUBLE: types.INDEXED_VALUE_TYPE_DOUBLE,
    } as Record<string, proto.temporal.api.enums.v1.IndexedValueType>;
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, typeOf[type]!])),
    });
    return true;
  } catch {
    return false;
  }
}

export function runUrl(server: Server, workflowId: string): string | null {
  return server.webUi && `${server.webUi}/namespaces/${server.namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
