/**
 * A worker: `node src/worker/main.ts [--queue tuning|training]`, both queues without it, against TEMPORAL_ADDRESS.
 *
 * SIGTERM and Ctrl-C let a training checkpoint before the process leaves.
 */
import { parseArgs } from 'node:util';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { LogLevel } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Logger } from 'pino';
import { ConfigError } from '../config/configError.ts';
import { queuesFrom } from '../config/queues.ts';
import { resolveConfig } from '../config/resolve.ts';
import { said } from '../domain/said.ts';
import { adviserOnDisk } from '../local/adviserKeys.ts';
import { startSupervisor } from '../local/stack.ts';
import { readStackFile } from '../local/stackFile.ts';
import { createLogger } from '../logging/logger.ts';
import { findAdviserIn, isAdviserVariable } from '../processes/adviserEnvironment.ts';
import { loadEnvironmentFile } from '../processes/envFile.ts';
import { languageOf, translated } from '../words/catalogue.ts';
import { deploymentFrom } from './deployment.ts';
import { metricsFrom } from './metrics.ts';
import { placeFrom } from './place.ts';
import { WORKER_HEARTBEAT_S } from './heartbeat.ts';
import { trainingWorkers, tuningWorker } from './workers.ts';
import type { Surroundings } from './workers.ts';

const { values: options } = parseArgs({
  options: { queue: { type: 'string' }, supervised: { type: 'boolean', default: false } },
});

/** What stops a worker before it has begun is for whoever started it; logs are English. */
const inWords = (text: string): string => translated(text, languageOf(process.env));

/** What a worker is for. */
const ROLES = ['tuning', 'training'] as const;

async function main(): Promise<number> {
  // On the local stack runs bring their adviser. What others find is read when it is needed, as it is then.
  loadEnvironmentFile(options.supervised ? isAdviserVariable : undefined);
  if (options.supervised) findAdviserIn(adviserOnDisk);
  const roles = ROLES.filter((role) => options.queue === undefined || options.queue === role);
  if (roles.length === 0) {
    console.error(inWords(said`--queue ${options.queue} is unknown; allowed: ${ROLES.join(', ')}`));
    return 2;
  }
  const logger = createLogger(`worker-${options.queue ?? 'all'}`, { level: logLevel(), terminal: !options.supervised });
  const where = await whereabouts(logger);
  if (!where) return 2;
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connect(connectionOptions, namespace, logger);
  const surroundings = { connection, namespace, logger, ...where };
  const workers = await Promise.all(
    roles.map((role) => (role === 'tuning' ? tuningWorker(surroundings) : trainingWorkers(surroundings))),
  );
  if (options.supervised) reviveSupervisor(logger);
  logger.info(
    { roles, address: connectionOptions.address ?? 'localhost:7233', namespace, place: where.place },
    'worker is ready',
  );
  await Promise.all(workers.map((worker) => worker.run()));
  await connection.close();
  return 0;
}

/**
 * LOG_LEVEL of config/default.yaml or TUNING_LOG_LEVEL; a configuration with problems is told by start-run, and must
 * not keep workers down.
 */
function logLevel(): string {
  try {
    return resolveConfig({ environment: process.env }).AGENT_SETTINGS.LOG_LEVEL;
  } catch (error) {
    if (error instanceof ConfigError) return 'info';
    throw error;
  }
}

/**
 * Queues, place, deployment and address of the metrics that the environment names; null when one cannot be used, which is told. The local stack is
 * restarted as a whole, so its workers have no version; and its two workers could not listen at one address.
 */
async function whereabouts(logger: Logger): Promise<Pick<Surroundings, 'queues' | 'place' | 'versioning'> | null> {
  try {
    installRuntime(logger, options.supervised ? {} : metricsFrom(process.env));
    const [queues, place] = [queuesFrom(process.env), placeFrom(process.env)];
    const deployment = options.supervised ? null : await deploymentFrom(process.env);
    if (!deployment) return { queues, place, versioning: {} };
    const { deploymentName, buildId } = deployment.version;
    logger.info(
      { deploymentName, buildId, behaviour: deployment.defaultVersioningBehavior },
      `a version takes work once it is current: temporal worker deployment set-current-version --deployment-name ${deploymentName} --build-id ${buildId}`,
    );
    return { queues, place, versioning: { workerDeploymentOptions: deployment } };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(inWords(error.problems.join('\n')));
    return null;
  }
}

/** Temporal's own log lines go where ours go. Must come before anything else of the SDK. */
function installRuntime(logger: Logger, metrics: ReturnType<typeof metricsFrom>): void {
  const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
    TRACE: 'trace',
    DEBUG: 'debug',
    INFO: 'info',
    WARN: 'warn',
    ERROR: 'error',
  };
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => logger[levels[level]]({ ...meta }, message)),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    workerHeartbeatInterval: `${WORKER_HEARTBEAT_S} s`,
    ...metrics,
  });
}

/** A server or a namespace that is not there yet is waited for: they and the workers may start in any order. */
async function connect(
  connectionOptions: Parameters<typeof NativeConnection.connect>[0],
  namespace: string,
  logger: Logger,
): Promise<NativeConnection> {
  for (let pause = 250; ; pause = Math.min(pause * 2, 5000)) {
    let connection: NativeConnection | null = null;
    try {
      connection = await NativeConnection.connect(connectionOptions);
      await connection.workflowService.describeNamespace({ namespace });
      return connection;
    } catch (error) {
      await connection?.close();
      logger.warn(
        { err: error, pause, namespace },
        connection ? 'the Temporal server does not serve the namespace yet' : 'the Temporal server does not answer yet',
      );
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** A new supervisor ends the workers of the killed one, in good order, within this time. */
const REVIVED_WITHIN_MS = 60_000;

/**
 * The supervisor holds the other end of stdin. When it is killed, its workers start another one; so the run goes on by
 * itself.
 */
function reviveSupervisor(logger: Logger): void {
  const leave = () => process.kill(process.pid, 'SIGTERM');
  const revive = async () => {
    if ((await readStackFile())?.stopping) return leave();
    logger.warn('the supervisor is gone; starting another one');
    startSupervisor();
    setTimeout(leave, REVIVED_WITHIN_MS).unref();
  };
  process.stdin
    .once('end', () => void revive())
    .once('error', leave)
    .resume();
}

process.exit(await main());
