# Node 24 slim, not Alpine: the ONNX runtime needs glibc.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY clients/typescript/package.json ./clients/typescript/
COPY lab/package.json ./lab/
COPY web/package.json ./web/
COPY web/console/package.json ./web/console/
COPY web/shop/package.json ./web/shop/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json vite.config.ts ./
COPY src ./src
COPY web ./web
COPY clients ./clients
COPY docs ./docs
COPY README.md CONTRIBUTING.md CHANGELOG.md ./
RUN npx tsc -b src && npx vite build && npm prune --omit=dev --workspaces=false --no-audit --no-fund
# The runtime's package brings binaries for every platform; one is used here.
RUN cd node_modules/onnxruntime-node/bin/napi-v6 \
  && find . -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} + \
  && find linux -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -rf {} +

FROM node:24-slim
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=64 HOST=0.0.0.0 DATA_DIR=/data ORT_DISABLE_TELEMETRY=1
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json schema.graphql ./
COPY models/default ./models/default
COPY monitoring ./monitoring
# `docker run liverank` serves; `docker run liverank import /history` and the like run an operator's commands.
RUN chmod +x /app/dist/src/commands/main.js && ln -s /app/dist/src/commands/main.js /usr/local/bin/liverank \
  && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s CMD node -e "fetch('http://127.0.0.1:' + (process.env.PORT ?? 4000) + '/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"
ENTRYPOINT ["liverank"]
CMD ["serve"]
