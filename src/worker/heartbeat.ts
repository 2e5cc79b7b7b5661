/** How often a worker tells the server that it is there and how many of its slots are taken, in seconds. */
export const WORKER_HEARTBEAT_S = 5;
