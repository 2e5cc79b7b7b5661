/**
 * Figures for Prometheus: what the Temporal SDK counts, and trials, seconds and tokens of this worker. Queue depth is the
 * server's to tell (`approximate_backlog_count`).
 */
import { ApplicationFailure } from '@temporalio/common';
import type { MetricMeter } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { RuntimeOptions } from '@temporalio/worker';
import { Context } from '@temporalio/activity';
import { ConfigError } from '../config/configError.ts';
import type { CallUsage } from '../domain/usage.ts';
import type { TrialResult } from '../domain/trials.ts';
import { said } from '../domain/said.ts';

const ADDRESS = /^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

/**
 * TUNING_METRICS_ADDRESS, `host:port`: where `/metrics` is served. Nothing is, without it.
 *
 * @throws ConfigError when it is no address.
 */
export function metricsFrom(environment: NodeJS.ProcessEnv): Pick<RuntimeOptions, 'telemetryOptions'> {
  const address = environment['TUNING_METRICS_ADDRESS'];
  if (!address) return {};
  const port = Number(ADDRESS.exec(address)?.[2] ?? 0);
  if (port < 1 || port > 65_535)
    throw new ConfigError([
      said`TUNING_METRICS_ADDRESS = ${address} is not possible; allowed: an address and a port from 1 to 65535, as 127.0.0.1:9464`,
    ]);
  const prometheus = { bindAddress: address, countersTotalSuffix: true, useSecondsForDurations: true };
  return { telemetryOptions: { metrics: { prometheus } } };
}

/**
 * Counts what activities end with: `tuning_trials_total` by outcome (`finished`, or a failure's type, each attempt),
 * `tuning_trained_seconds_total` (whole seconds of finished trials, all attempts of a trial together),
 * `tuning_adviser_tokens_total` by kind. An answer that was kept and is given again counts again.
 */
export class ActivityMetrics implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { metricMeter: meter, info } = Context.current();
    try {
      const result = await next(input);
      if (info.activityType === 'trainTrial') countTrained(meter, result as TrialResult);
      countTokens(meter, result);
      return result;
    } catch (error) {
      if (info.activityType === 'trainTrial')
        trials(meter, error instanceof ApplicationFailure ? (error.type ?? 'unknown') : (error as Error).name);
      throw error;
    }
  }
}

function trials(meter: MetricMeter, outcome: string): void {
  meter.createCounter('tuning_trials', '', 'trainings that ended, by outcome').add(1, { outcome });
}

function countTrained(meter: MetricMeter, { trainSeconds }: TrialResult): void {
  trials(meter, 'finished');
  meter.createCounter('tuning_trained_seconds', '', 'seconds of finished trainings').add(Math.round(trainSeconds));
}

function countTokens(meter: MetricMeter, result: unknown): void {
  const usage = (result as { usage?: CallUsage } | null | undefined)?.usage;
  if (!usage) return;
  const tokens = meter.createCounter('tuning_adviser_tokens', '', "tokens of the adviser's answers");
  tokens.add(usage.promptTokens, { kind: 'prompt' });
  tokens.add(usage.completionTokens, { kind: 'completion' });
}
