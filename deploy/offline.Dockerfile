# The image of the daily job in compose.yaml: `liverank export` and `liverank offline`, with the Python environment of the latter.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY clients/typescript/package.json ./clients/typescript/
COPY lab/package.json ./lab/
COPY web/package.json ./web/
COPY web/console/package.json ./web/console/
COPY web/shop/package.json ./web/shop/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
COPY lab ./lab
RUN npx tsc -b src lab && npm prune --omit=dev --workspaces=false --no-audit --no-fund
# As in the image of the service: the runtime's package brings binaries for every platform.
RUN cd node_modules/onnxruntime-node/bin/napi-v6 \
  && find . -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} + \
  && find linux -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -rf {} +

FROM node:24-slim
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json schema.graphql ./
COPY lab/package.json ./lab/
COPY training ./training
# The job itself runs without a network to the internet.
RUN node -e "import('/app/dist/lab/commands/python-environment.js').then(({ ensurePython }) => ensurePython(console.log))"
COPY deploy/offline.sh ./deploy/offline.sh
RUN chmod +x /app/dist/lab/commands/main.js && ln -s /app/dist/lab/commands/main.js /usr/local/bin/liverank \
  && mkdir /work && chown node:node /work
USER node
VOLUME /work
ENTRYPOINT ["sh", "/app/deploy/offline.sh"]
