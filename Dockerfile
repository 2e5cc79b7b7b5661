# A worker: Node 24 and the trainer's Python. Build: docker build -t model-tuning-agent .
# For CUDA or ROCm: --build-arg TORCH_INDEX_URL=<the index of that build of torch>
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --no-fund --no-audit

FROM node:24-bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ARG TORCH_INDEX_URL=""
COPY trainer/requirements.lock trainer/requirements-torch.txt trainer/
RUN python3 -m venv /opt/trainer \
    && /opt/trainer/bin/pip install --no-cache-dir --require-hashes --no-deps -r trainer/requirements.lock \
    && /opt/trainer/bin/pip install --no-cache-dir ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r trainer/requirements-torch.txt
COPY --from=packages /app/node_modules node_modules
COPY package.json package-lock.json ./
COPY src src
COPY trainer/src trainer/src
COPY config config
COPY data data
# Whoever the container runs as may write logs and caches.
RUN mkdir -p models .tuning docs/reports && chown -R node:node /app && chmod a+rwx .tuning models docs/reports
USER node
ENV TUNING_PYTHON_BIN=/opt/trainer/bin/python NODE_ENV=production
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "src/worker/main.ts"]
