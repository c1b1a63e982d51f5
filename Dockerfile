# Folkmoot in a container:  docker build --tag folkmoot .
#
#   folkmoot   (the last stage, built unless another is named) all that SQLite needs
#   postgres   the same with pg_dump and pg_restore, for backups of PostgreSQL; compose.yaml builds this one

# Packages and the bot are put into an environment that the other stages copy. Every archive is checked against its hash,
# and none is compiled here, so no compiler is needed anywhere.
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv --without-pip /opt/folkmoot
WORKDIR /source
COPY requirements/run.txt requirements/run.txt
RUN python3 -m pip --python /opt/folkmoot/bin/python install \
        --require-hashes --only-binary :all: --requirement requirements/run.txt
COPY . .
# What only builds packages goes again when the bot is in.
RUN python3 -m pip --python /opt/folkmoot/bin/python install --no-deps --no-build-isolation --no-index . \
    && python3 -m pip --python /opt/folkmoot/bin/python uninstall --yes \
        hatchling packaging pathspec pluggy trove-classifiers

FROM python:3.13-slim-trixie AS base
LABEL org.opencontainers.image.title="Folkmoot" \
      org.opencontainers.image.description="A self-hosted Discord community bot" \
      org.opencontainers.image.licenses="MIT"
# The number is fixed, so that files on the host can be given to it. Its home is the volume, since all else is read-only.
RUN groupadd --gid 10001 folkmoot \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin folkmoot \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/folkmoot /opt/folkmoot
ENV PATH=/opt/folkmoot/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DATA_DIR=/data
WORKDIR /opt/folkmoot
VOLUME /data
# Without a shell in between, the bot itself is process 1: it hears SIGTERM and stops in good order. It leaves no zombies,
# since it waits for the only programs it ever starts, pg_dump and pg_restore.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 CMD ["python", "-m", "bot", "health"]

FROM base AS postgres
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001

FROM base AS folkmoot
USER 10001:10001
